import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { webhookMessageSchema } from "@tributary/federation";
import { Webhook } from "standardwebhooks";
import { afterEach, describe, expect, it } from "vitest";
import { LocalCoordinator } from "../testing/local-coordinator.js";

const spec = { model: "lenet5", dataset: "mnist", rounds: 2, cohort: { minimum: 1 }, evaluation: { every: 0 } };
const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Takes messages, after it has refused as many as it was told to. */
class Receiver implements AsyncDisposable {
  readonly received: Received[] = [];
  /** What is answered to the next ones; then 204. */
  readonly answers: ((
    url: string,
  ) => { readonly status: number; readonly headers?: Record<string, string> } | undefined)[] = [];
  readonly paths: string[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Receiver> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const receiver = new Receiver(server);
    server.on("request", async (request, response) => {
      let body = "";
      for await (const piece of request) body += piece;
      receiver.paths.push(request.url ?? "");
      receiver.received.push({ headers: request.headers, body });
      const next = receiver.answers.shift();
      const answer = next === undefined ? { status: 204 } : next(receiver.url);
      if (answer === undefined) request.socket.destroy();
      else response.writeHead(answer.status, answer.headers).end("thank you");
    });
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get messages() {
    return this.received.map(({ body }) => webhookMessageSchema.parse(JSON.parse(body)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
  }
}

describe("a webhook", () => {
  let coordinator: LocalCoordinator | undefined;
  afterEach(() => coordinator?.[Symbol.asyncDispose]());

  const start = async (): Promise<LocalCoordinator> => {
    coordinator = await LocalCoordinator.start();
    await coordinator.join("alice");
    return coordinator;
  };
  const addOnce = async (key: string, changes = {}) => {
    const body = { url: "http://127.0.0.1:9/", events: ["job"], secret, ...changes };
    return coordinator?.request("POST", "/v1/webhooks", body, { "idempotency-key": key });
  };
  const ids = async () => {
    const { body } = (await coordinator?.request("GET", "/v1/webhooks")) ?? expect.fail("no coordinator");
    return body.webhooks.map(({ id }: { id: string }) => id);
  };

  it("is added once by requests with the same Idempotency-Key, at once, later, and after a restart", async () => {
    const there = await start();
    const both = await Promise.all([addOnce("k-1"), addOnce("k-1")]);
    expect(both.map((answer) => answer?.status)).toEqual([201, 201]);
    const id = both[0]?.body.id;
    expect(both[1]?.body).toEqual(both[0]?.body);
    await there.restart();
    const later = await addOnce("k-1");
    expect([later?.status, later?.body.id, later?.headers.get("location")]).toEqual([201, id, `/v1/webhooks/${id}`]);
    expect(await ids()).toEqual([id]);
    expect((await addOnce("k-2"))?.body.id).not.toBe(id);
    expect(JSON.stringify(later?.body)).not.toContain("k-1");
  });

  it("is refused with a key of another request, and a key is free after a refusal and a removal", async () => {
    const there = await start();
    expect(await addOnce("k-1", { events: [] })).toMatchObject({ status: 400 });
    const first = await addOnce("k-1");
    expect(first?.status).toBe(201);
    expect(await addOnce("k-1", { events: ["round"] })).toMatchObject({
      status: 422,
      body: { code: "idempotency_key_reused" },
    });
    expect(await addOnce("a b")).toMatchObject({ status: 400, body: { code: "invalid_request" } });
    await there.request("DELETE", `/v1/webhooks/${first?.body.id}`);
    const second = await addOnce("k-1", { events: ["round"] });
    expect(second?.status).toBe(201);
    expect(await ids()).toEqual([second?.body.id]);
  });

  const add = (url: string, changes = {}) =>
    coordinator?.request("POST", "/v1/webhooks", { url, events: ["job", "round"], secret, ...changes });

  it("is told of jobs and rounds, in messages that its secret verifies", async () => {
    await using receiver = await Receiver.start();
    const { request, submit, finished } = bound(await start());
    expect(await add(`${receiver.url}/hook?x=1`)).toMatchObject({ status: 201, body: { pending: 0 } });
    const id = await submit(spec);
    await finished(id);
    await expect.poll(() => receiver.messages.length, { timeout: 10_000 }).toBe(5);
    const told = receiver.messages.map(({ type, data }) => [type, data.status]);
    expect(told.filter(([type]) => type === "job").sort()).toEqual([
      ["job", "completed"],
      ["job", "queued"],
      ["job", "running"],
    ]);
    const rounds = receiver.messages.flatMap((message) => (message.type === "round" ? [message.data] : []));
    expect(rounds.map(({ number }) => number).sort()).toEqual([1, 2]);
    expect(rounds[0]).toMatchObject({ job: id, status: "finished", updates: 1, refusals: 0, attempt: 1 });
    for (const { headers, body } of receiver.received) {
      const signed = headers as Record<string, string>;
      expect(() => new Webhook(secret).verify(body, signed)).not.toThrow();
      const other = new Webhook(`whsec_${Buffer.alloc(32, 8).toString("base64")}`);
      expect(() => other.verify(body, signed)).toThrow();
      expect(() => new Webhook(secret).verify(`${body} `, signed)).toThrow();
    }
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(5);
    expect(new Set(receiver.paths)).toEqual(new Set(["/hook?x=1"]));
    await expect.poll(async () => (await request("GET", "/v1/webhooks")).body.webhooks[0].pending).toBe(0);
  });

  it("is told again what it did not take, with the same id, also after the coordinator was started again", async () => {
    await using receiver = await Receiver.start();
    const here = await start();
    receiver.answers.push(
      () => ({ status: 503 }),
      () => undefined,
    );
    await add(receiver.url, { events: ["job"] });
    const id = await here.submit({ ...spec, cohort: { minimum: 9 } });
    // Queued and running: neither is taken.
    await expect.poll(() => receiver.received.length, { timeout: 10_000 }).toBe(2);
    await expect.poll(async () => (await here.request("GET", "/v1/webhooks")).body.webhooks[0].pending).toBe(2);
    await here.restart();
    await expect.poll(() => receiver.received.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(4);
    const ids = receiver.received.map(({ headers }) => headers["webhook-id"]);
    expect(ids.slice(2)).toEqual(expect.arrayContaining(ids.slice(0, 2)));
    expect(receiver.messages[0]?.data).toMatchObject({ id });
    await expect.poll(async () => (await here.request("GET", "/v1/webhooks")).body.webhooks[0].pending).toBe(0);
  });

  it("is not followed to where it redirects", async () => {
    await using elsewhere = await Receiver.start();
    await using receiver = await Receiver.start();
    const here = await start();
    receiver.answers.push(() => ({ status: 307, headers: { location: elsewhere.url } }));
    await add(receiver.url, { events: ["job"] });
    await here.submit(spec);
    await expect.poll(() => receiver.received.length, { timeout: 10_000 }).toBeGreaterThan(1);
    expect(elsewhere.received).toEqual([]);
  });

  it("is told nothing more when it was removed", async () => {
    await using receiver = await Receiver.start();
    const here = await start();
    const { id } = (await add(receiver.url))?.body ?? {};
    expect(await here.request("GET", `/v1/webhooks/${id}`)).toMatchObject({ status: 200, body: { id } });
    expect(await here.request("DELETE", `/v1/webhooks/${id}`)).toMatchObject({ status: 200, body: { id } });
    expect(await here.request("DELETE", `/v1/webhooks/${id}`)).toMatchObject({ status: 404 });
    await here.finished(await here.submit(spec));
    await here.restart();
    expect(receiver.received).toEqual([]);
  });

  it("keeps its secret to itself", async () => {
    const here = await start();
    const answers = [await add("http://127.0.0.1:9/"), await add("http://127.0.0.1:9/", { secret: `${secret}!` })];
    expect(answers.map((answer) => answer?.status)).toEqual([201, 400]);
    answers.push(await here.request("GET", "/v1/webhooks"), await here.request("GET", "/v1/audit"));
    expect(JSON.stringify(answers)).not.toContain(secret.slice(6, 20));
  });

  it.each([
    ["of no address", { url: "nowhere" }, /url/],
    ["of an address with other letters", { url: "https://\u0100\u0010/" }, /url/],
    ["of a port that there is not", { url: "http://127.0.0.1:99999/" }, /url/],
    ["of a file", { url: "file:///etc/passwd" }, /url/],
    ["of an address with a password", { url: "http://me:secret@127.0.0.1/" }, /url/],
    ["of no event", { events: [] }, /events/],
    ["of an event that there is not", { events: ["workers"] }, /events\.0: [^;]*"job"\|"round"$/],
    ["of a mistyped event", { events: ["job", "rounds"] }, /events\.1: [^;]*; did you mean round\?$/],
    ["of two mistyped events", { events: ["jobs", "ruond"] }, /did you mean job\?; events\.1: .*did you mean round\?$/],
    ["of an event that is no text", { events: [{}] }, /events\.0: [^;]*$/],
    ["with a short secret", { secret: "whsec_c2hvcnQ=" }, /secret/],
    ["with a field too many", { secrets: [] }, /secrets/],
  ])("%s is refused", async (_, changes, message) => {
    await start();
    const answer = await add("http://127.0.0.1:9/", changes);
    expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request" } });
    expect(answer?.body.detail).toMatch(message);
  });
});

/** Its methods, to be taken apart. */
const bound = (coordinator: LocalCoordinator) => ({
  request: coordinator.request.bind(coordinator),
  submit: coordinator.submit.bind(coordinator),
  finished: coordinator.finished.bind(coordinator),
});
