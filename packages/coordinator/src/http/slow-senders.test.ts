import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { problemSchema } from "@tributary/federation";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { LocalCoordinator } from "../testing/local-coordinator.js";

const HEADERS_MS = 600;
const REQUEST_MS = 1_200;
const WORKERS = 3;
const HTTP_CONNECTIONS = 260;

let coordinator: LocalCoordinator;
beforeAll(async () => {
  coordinator = await LocalCoordinator.start({
    limits: {
      ...{ headersMs: HEADERS_MS, requestMs: REQUEST_MS },
      ...{ workers: WORKERS, httpConnections: HTTP_CONNECTIONS },
    },
  });
});
afterAll(() => coordinator[Symbol.asyncDispose]());

/** A connection by hand: what it was told, and when it was closed. */
class Line {
  text = "";
  readonly closed: Promise<number>;
  readonly #opened = performance.now();

  private constructor(readonly socket: Socket) {
    socket.setEncoding("utf8").on("data", (text: string) => {
      this.text += text;
    });
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => socket.once("close", () => resolve(performance.now() - this.#opened)));
  }

  /** @param stubborn goes on sending when the other side has hung up */
  static open(stubborn = false): Promise<Line> {
    const port = Number(new URL(coordinator.url).port);
    const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: stubborn });
    const line = new Line(socket);
    lines.push(line);
    return new Promise((resolve, reject) => socket.once("connect", () => resolve(line)).once("error", reject));
  }

  /** Sends byte by byte, until there is nobody to send to. */
  async drip(text: string, everyMs = 20): Promise<void> {
    for (const byte of text) {
      if (this.socket.closed || !this.socket.writable) return;
      this.socket.write(byte);
      await delay(everyMs);
    }
  }

  get problem(): unknown {
    const [head = "", body = ""] = this.text.split("\r\n\r\n");
    expect(head).toMatch(/^Content-Type: application\/problem\+json$/m);
    return problemSchema.parse(JSON.parse(body));
  }
}
const lines: Line[] = [];
afterEach(() => {
  for (const { socket } of lines.splice(0)) socket.destroy();
});

const LONG = "x".repeat(1_000);
const head = (more: string) => `POST /v1/jobs HTTP/1.1\r\nHost: x\r\n${more}`;
const login = () => `Authorization: Bearer ${coordinator.tokens.admin}\r\n`;
const BODY = "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n";

async function expectCutOff(line: Line, afterMs: number): Promise<void> {
  const took = await line.closed;
  expect(took).toBeGreaterThan(afterMs * 0.8);
  expect(took).toBeLessThan(afterMs + 15_000);
}

describe("who sends slowly", () => {
  it("is cut off in the middle of a header", async () => {
    const line = await Line.open(true);
    void line.drip(head(`X-Slow: ${LONG}`));
    await expectCutOff(line, HEADERS_MS);
    expect(line.text).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(line.problem).toMatchObject({ status: 408, code: "request_timed_out" });
  });

  it("is cut off in the middle of a body", async () => {
    const line = await Line.open(true);
    line.socket.write(head(login()) + BODY);
    void line.drip(LONG);
    await expectCutOff(line, REQUEST_MS);
    expect(line.text).toMatch(/^HTTP\/1\.1 408 /);
    expect(line.problem).toMatchObject({ status: 408, code: "request_timed_out" });
  });

  it("is cut off without having sent a byte", async () => {
    await expectCutOff(await Line.open(), HEADERS_MS);
  });

  it("is cut off after an answer, when the rest of the request does not come", async () => {
    const line = await Line.open(true);
    line.socket.write(head("") + BODY);
    void line.drip(LONG);
    await expectCutOff(line, REQUEST_MS);
    expect(line.text).toMatch(/^HTTP\/1\.1 401 /);
  });

  it("holds nobody else up, also when there are many", async () => {
    const slow = await Promise.all(Array.from({ length: 200 }, () => Line.open(true)));
    for (const [at, line] of slow.entries())
      void line.drip(at % 2 === 0 ? head(`X-Slow: ${LONG}`) : head(login()) + BODY + LONG, 50);
    for (let asked = 0; asked < 5; asked++) expect((await coordinator.request("GET", "/v1/jobs")).status).toBe(200);
    await Promise.all(slow.map(({ closed }) => closed));
    expect(slow.filter(({ text }) => text.startsWith("HTTP/1.1 408 ")).length).toBe(200);
  });
});

describe("connections beyond the limit", () => {
  it("are closed unheard, workers have theirs beside them, and who comes later is served", async () => {
    const names = ["alice", "bob", "charlie"];
    expect(names).toHaveLength(WORKERS);
    for (const name of names) await coordinator.join(name);
    const many = await Promise.all(Array.from({ length: HTTP_CONNECTIONS + 40 }, () => Line.open()));
    await Promise.all(many.map(({ closed }) => closed));
    const { body } = await coordinator.request("GET", "/v1/workers");
    expect(body.workers.map(({ connected }: { connected: boolean }) => connected)).toEqual([true, true, true]);
    const page = (await coordinator.request("GET", "/metrics")).body;
    const refused = Number(/^tributary_sockets_refused_total\{code="rate_limited"\} (.*)$/m.exec(page)?.[1]);
    // Some of the others are of the test's own requests.
    expect(refused).toBeGreaterThanOrEqual(40);
    expect(refused).toBeLessThan(40 + 20);
  });
});

describe("what is no request", () => {
  it.each([
    ["headers that are too long", () => head(`X-Long: ${LONG.repeat(20)}\r\n\r\n`), 431, "headers_too_large"],
    [
      "a query that is too long",
      () => `GET /v1/jobs?name=${LONG.repeat(20)} HTTP/1.1\r\n\r\n`,
      431,
      "headers_too_large",
    ],
    ["another protocol", () => "EHLO somebody\r\n\r\n", 400, "invalid_request"],
  ])("is answered with a problem of its own: %s", async (_, text, status, code) => {
    const line = await Line.open();
    line.socket.write(text());
    await line.closed;
    expect(line.text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(line.problem).toMatchObject({ status, code });
  });
});
