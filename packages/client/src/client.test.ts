import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, it } from "vitest";
import { TributaryClient } from "./client.js";
import type { ClientOptions } from "./http.js";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
}

/** A server that answers badly: the good one is tried end to end. */
async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  { path = "", ...options }: Partial<ClientOptions> & { readonly path?: string } = {},
): Promise<TributaryClient> {
  server = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((resolve) => server?.once("listening", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return new TributaryClient({ url: `http://127.0.0.1:${port}${path}`, token: "secret", ...options });
}

const problem = {
  type: "urn:tributary:problem:not_found",
  title: "not found",
  status: 404,
  detail: "there is no job x",
  code: "not_found",
  hint: "List them.",
};

const progress = (done: number) => ({
  job: "j",
  round: 1,
  attempt: 1,
  worker: "alice",
  phase: "train",
  done,
  total: 10,
  loss: null,
});

const round = {
  status: "finished",
  cohort: ["alice"],
  startedAt: "2026-01-01T00:00:00Z",
  finishedAt: null,
  timings: { trainingMs: null, aggregationMs: null, evaluationMs: null, totalMs: null },
  bytesDown: 0,
  bytesUp: 0,
  updates: [],
  refusals: [],
  model: null,
  evaluation: null,
  validation: null,
  personalisation: null,
  updateEvaluations: [],
};

describe("the client", () => {
  it("throws what the coordinator refuses with, as the same typed error", async () => {
    const client = await serve((_, response) =>
      response.writeHead(404, { "content-type": "application/problem+json" }).end(JSON.stringify(problem)),
    );
    await expect(client.jobs.get("x")).rejects.toEqual(
      expect.objectContaining({ code: "not_found", message: "there is no job x", hint: "List them." }),
    );
  });

  it("sends its token, and job ids so that they can't lead elsewhere", async () => {
    const seen: (string | undefined)[] = [];
    const client = await serve(({ url, headers }, response) => {
      seen.push(url, headers.authorization);
      response.writeHead(404).end(JSON.stringify(problem));
    });
    await client.jobs.get("../workers?x").catch(() => undefined);
    expect(seen).toEqual(["/v1/jobs/..%2Fworkers%3Fx", "Bearer secret"]);
  });

  it.each<[string, number, string]>([
    ["a page of another program", 500, "<html>"],
    ["an answer that is not as described", 200, '{"status": 3}'],
    ["no JSON", 200, "{"],
  ])("says when it meets %s", async (_, status, body) => {
    const client = await serve((_request, response) => response.writeHead(status).end(body));
    await expect(client.health()).rejects.toEqual(expect.objectContaining({ code: "invalid_message" }));
  });

  it("keeps the path of its address, as behind a proxy", async () => {
    const seen: (string | undefined)[] = [];
    const client = await serve(
      ({ url }, response) => {
        seen.push(url);
        response.writeHead(404).end(JSON.stringify(problem));
      },
      { path: "/tributary" },
    );
    await client.jobs.list().catch(() => undefined);
    expect(seen).toEqual(["/tributary/v1/jobs"]);
  });

  it("passes on no escape sequences of another side", async () => {
    const detail = "there is \u001b[31mno\njob";
    const client = await serve((_, response) => response.writeHead(404).end(JSON.stringify({ ...problem, detail })));
    await expect(client.jobs.get("x")).rejects.toEqual(
      expect.objectContaining({ code: "not_found", message: expect.not.stringMatching(/\p{Cc}/u) }),
    );
  });

  it("does not repeat a token that can't be one", () => {
    const make = () => new TributaryClient({ url: "http://127.0.0.1:9", token: "very\nsecret" });
    expect(make).toThrow(
      expect.objectContaining({ code: "unauthorized", message: expect.not.stringContaining("secret") }),
    );
  });

  it.each([502, 503, 504])("takes status %d without a problem for an absent coordinator", async (status) => {
    const client = await serve((_, response) => response.writeHead(status).end("<html>"));
    await expect(client.jobs.list()).rejects.toEqual(expect.objectContaining({ code: "coordinator_unreachable" }));
  });

  it.each<[string, (client: TributaryClient) => Promise<unknown>]>([
    ["JSON", (client) => client.jobs.list()],
    ["a model", (client) => client.models.fetch("x")],
    ["a model's stream", async (client) => new Response(await client.models.stream("x")).arrayBuffer()],
  ])("says when the connection breaks in the middle of %s", async (_, ask) => {
    const client = await serve((_request, response) => {
      response.writeHead(200, { "content-length": 1000 }).write("{");
      setTimeout(() => response.destroy(), 20);
    });
    await expect(ask(client)).rejects.toEqual(expect.objectContaining({ code: "disconnected" }));
  });

  it.each<[string, (client: TributaryClient) => Promise<unknown>]>([
    ["JSON", (client) => client.jobs.list()],
    ["a model", (client) => client.models.fetch("x")],
  ])("does not wait for ever, neither for the beginning of %s nor for the rest", async (_, ask) => {
    let begun = false;
    const client = await serve(
      (_request, response) => {
        if (begun) response.writeHead(200).write("{");
        begun = true;
      },
      { timeoutMs: 100 },
    );
    await expect(ask(client)).rejects.toEqual(expect.objectContaining({ code: "timed_out" }));
    await expect(ask(client)).rejects.toEqual(expect.objectContaining({ code: "timed_out" }));
  });

  it("takes its time for a model that keeps coming", async () => {
    const client = await serve(
      async (_, response) => {
        response.writeHead(200);
        for (let part = 0; part < 8; part++) {
          response.write("ab");
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        response.end();
      },
      { timeoutMs: 250 },
    );
    expect(new TextDecoder().decode(await client.models.fetch("x"))).toBe("ab".repeat(8));
  });

  it("stops reading an answer that never ends", async () => {
    let sent = 0;
    const client = await serve((_, response) => {
      const part = Buffer.alloc(1024 * 1024, "1");
      const more = () => {
        while (!response.destroyed && response.write(part)) sent += 1;
        sent += 1;
      };
      response.on("drain", more).writeHead(200);
      more();
    });
    await expect(client.jobs.list()).rejects.toEqual(
      expect.objectContaining({ code: "invalid_message", message: expect.stringContaining("larger") }),
    );
    expect(sent).toBeLessThan(128);
  });

  it("fetches all attempts at all rounds, also when a page ends between two attempts", async () => {
    const attempts = Array.from({ length: 450 }, (_, index) => ({
      number: 1 + Math.floor(index / 3),
      attempt: 1 + (index % 3),
    }));
    const client = await serve(({ url }, response) => {
      const query = new URL(url ?? "", "http://x").searchParams;
      const end = Number(query.get("cursor")) + Number(query.get("limit"));
      const page = attempts.slice(Number(query.get("cursor")), end);
      const next = end < attempts.length ? String(end) : null;
      response.end(JSON.stringify({ rounds: page.map((attempt) => ({ ...round, ...attempt })), next }));
    });
    const rounds = await client.jobs.rounds("x");
    expect(rounds.map(({ number, attempt }) => ({ number, attempt }))).toEqual(attempts);
  });

  it("takes up the stream of the federation where it broke, and leaves out what it does not know", async () => {
    const seen: (string | undefined)[] = [];
    const client = await serve(({ headers }, response) => {
      seen.push(headers["last-event-id"]?.toString());
      response.writeHead(200, { "content-type": "text/event-stream" });
      if (seen.length === 1) return response.end("event: reset\ndata: {}\n\nid: a.7\nevent: ready\ndata: {}\n\n");
      response.write('event: weather\ndata: {}\n\nid: a.9\nevent: forgotten\ndata: {"name":"alice"}\n\n');
    });
    const told: unknown[] = [];
    const connection: (string | undefined)[] = [];
    for await (const notice of client.watchFederation({ onConnection: (lost) => connection.push(lost?.code) })) {
      told.push(notice);
      if (notice.type === "forgotten") break;
    }
    expect(told).toEqual([
      { type: "reset", data: {} },
      { type: "ready", data: {} },
      { type: "forgotten", data: { name: "alice" } },
    ]);
    expect(seen).toEqual([undefined, "a.7"]);
    expect(connection).toEqual([undefined, "coordinator_unreachable", undefined]);
  });

  it("gives each attempt at a round once, when it has ended", async () => {
    const event = (name: string, data: unknown) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
    const ended = { finishedAt: "2026-01-01T00:00:01Z" };
    const client = await serve((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(event("round", { ...round, number: 1, attempt: 1 }));
      response.write(event("round", { ...round, ...ended, number: 1, attempt: 1 }));
      response.write(event("round", { ...round, ...ended, number: 1, attempt: 1 }));
      response.write(event("round", { ...round, ...ended, number: 2, attempt: 1 }));
    });
    for (const job of ["j", { id: "j" }]) {
      const rounds = client.watchRounds(job);
      const numbers = [(await rounds.next()).value?.number, (await rounds.next()).value?.number];
      await rounds.return(undefined);
      expect(numbers).toEqual([1, 2]);
    }
  });

  it("watches the job of a view as the one of its id", async () => {
    const asked: (string | undefined)[] = [];
    const client = await serve(({ url }, response) => {
      asked.push(url);
      response.writeHead(404, { "content-type": "application/problem+json" }).end("{}");
    });
    for (const job of ["j/1", { id: "j/1" }]) {
      await client
        .watch(job)
        .next()
        .catch(() => undefined);
      await client
        .watchLogs(job)
        .next()
        .catch(() => undefined);
    }
    expect(asked.slice(0, 2)).toEqual(["/v1/jobs/j%2F1/events", "/v1/jobs/j%2F1/events?from=now"]);
    expect(asked.slice(2)).toEqual(asked.slice(0, 2));
  });

  it("does not follow a redirect with its token", async () => {
    const client = await serve((_, response) => response.writeHead(302, { location: "http://127.0.0.1:9/" }).end());
    await expect(client.health()).rejects.toEqual(expect.objectContaining({ code: "coordinator_unreachable" }));
  });

  it.each(["", "nonsense", "ftp://x", "file:///etc/passwd"])("refuses the address %j", (url) => {
    expect(() => new TributaryClient({ url, token: "x" })).toThrow(
      expect.objectContaining({ code: "coordinator_unreachable" }),
    );
  });
});

describe("watching a job", () => {
  it("goes on after the last event when the connection breaks, and passes over what it does not understand", async () => {
    const asked: (string | undefined)[] = [];
    const client = await serve(({ headers }, response) => {
      asked.push(headers["last-event-id"]?.toString());
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`id: ${asked.length}\nevent: progress\ndata: ${JSON.stringify(progress(asked.length))}\n\n`);
      response.write("event: surprise\ndata: {}\n\nevent: round\ndata: {broken\n\n");
      setTimeout(() => response.destroy(), 20);
    });
    const seen: number[] = [];
    for await (const notice of client.watch("j")) {
      if (notice.type === "progress") seen.push(notice.data.done);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([1, 2, 3]);
    expect(asked).toEqual([undefined, "1", "2"]);
  });

  it("leaves out what was before when it begins now, and goes on after the last event all the same", async () => {
    const asked: unknown[] = [];
    const client = await serve(({ url, headers }, response) => {
      asked.push([url, headers["last-event-id"]]);
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end(`id: ${asked.length}\nevent: progress\ndata: ${JSON.stringify(progress(asked.length))}\n\n`);
    });
    for await (const { data } of client.watch("j", { from: "now" })) if ("done" in data && data.done === 2) break;
    expect(asked).toEqual([
      ["/v1/jobs/j/events?from=now", undefined],
      ["/v1/jobs/j/events?from=now", "1"],
    ]);
  });

  it("waits for a coordinator behind a proxy, or one that is asked too often", async () => {
    let asked = 0;
    const client = await serve((_, response) => {
      asked += 1;
      if (asked === 1) response.writeHead(502).end("<html>");
      else if (asked === 2) response.writeHead(429).end(JSON.stringify({ ...problem, code: "rate_limited" }));
      else {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(`event: progress\ndata: ${JSON.stringify(progress(1))}\n\n`);
      }
    });
    const { value } = await client.watch("j").next();
    expect(value).toMatchObject({ type: "progress" });
  });

  it("does not try again what is refused", async () => {
    const client = await serve((_, response) => response.writeHead(404).end(JSON.stringify(problem)));
    await expect(client.watch("j").next()).rejects.toEqual(expect.objectContaining({ code: "not_found" }));
  });

  it("gives up when streams end before they say anything", async () => {
    const client = await serve((_, response) => response.writeHead(200).end());
    await expect(client.watch("j", { patienceMs: 100 }).next()).rejects.toEqual(
      expect.objectContaining({ code: "coordinator_unreachable" }),
    );
  });

  it("ends at once when it is called off between two tries", async () => {
    const client = new TributaryClient({ url: "http://127.0.0.1:9", token: "x" });
    const controller = new AbortController();
    const next = client.watch("j", { signal: controller.signal }).next();
    const begun = performance.now();
    setTimeout(() => controller.abort(), 50);
    await expect(next).rejects.toEqual(expect.objectContaining({ code: "aborted" }));
    expect(performance.now() - begun).toBeLessThan(450);
  });

  it("gives up when the coordinator stays away", async () => {
    const client = new TributaryClient({ url: "http://127.0.0.1:9", token: "x" });
    const watching = client.watch("j", { patienceMs: 100 })[Symbol.asyncIterator]().next();
    await expect(watching).rejects.toEqual(expect.objectContaining({ code: "coordinator_unreachable" }));
  });

  it.each<[string, string]>([
    ["called off", "aborted"],
    ["silent for too long", "timed_out"],
  ])("ends when it is %s, also after the garbage collections of a long watch", async (_, code) => {
    const client = await serve(
      (_, response) => response.writeHead(200, { "content-type": "text/event-stream" }).write(": hello\n\n"),
      { timeoutMs: 1_000 },
    );
    const controller = new AbortController();
    // A model's stream may be silent for as long as any answer, a watch for a minute.
    const ended =
      code === "aborted"
        ? client.watch("j", { signal: controller.signal }).next()
        : new Response(await client.models.stream("j")).text();
    const expected = expect(ended).rejects.toEqual(expect.objectContaining({ code }));
    for (let times = 0; times < 5; times++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      collectGarbage();
    }
    controller.abort();
    await expected;
  });

  it("ends at once when it is called off", async () => {
    const client = await serve((_, response) =>
      response.writeHead(200, { "content-type": "text/event-stream" }).write(": hello\n\n"),
    );
    const controller = new AbortController();
    const next = client.watch("j", { signal: controller.signal })[Symbol.asyncIterator]().next();
    setTimeout(() => controller.abort(), 50);
    await expect(next).rejects.toEqual(expect.objectContaining({ code: "aborted" }));
  });
});

it("sends the key that a job or a webhook is created with, and none without one", async () => {
  const keys: unknown[] = [];
  const client = await serve((request, response) => {
    keys.push([request.url, request.headers["idempotency-key"]]);
    response.writeHead(404, { "content-type": "application/problem+json" }).end(JSON.stringify(problem));
  });
  const webhook = { url: "http://127.0.0.1:9/", events: ["job" as const], secret: "whsec_x" };
  const spec = { model: "lenet5", dataset: "mnist", rounds: 1 };
  for (const options of [{ idempotencyKey: "k-1" }, {}]) {
    await expect(client.jobs.create(spec, options)).rejects.toMatchObject({ code: "not_found" });
    await expect(client.webhooks.create(webhook, options)).rejects.toMatchObject({ code: "not_found" });
  }
  expect(keys).toEqual([
    ["/v1/jobs", "k-1"],
    ["/v1/webhooks", "k-1"],
    ["/v1/jobs", undefined],
    ["/v1/webhooks", undefined],
  ]);
});
