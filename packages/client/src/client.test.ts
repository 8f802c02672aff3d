import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { TributaryClient } from "./client.js";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A server that answers badly: the good one is tried end to end. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<TributaryClient> {
  server = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((resolve) => server?.once("listening", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return new TributaryClient({ url: `http://127.0.0.1:${port}`, token: "secret" });
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

  it("gives up when the coordinator stays away", async () => {
    const client = new TributaryClient({ url: "http://127.0.0.1:9", token: "x" });
    const watching = client.watch("j", { patienceMs: 100 })[Symbol.asyncIterator]().next();
    await expect(watching).rejects.toEqual(expect.objectContaining({ code: "coordinator_unreachable" }));
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
