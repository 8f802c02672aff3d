import { readFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import type { LocalFederation } from "@tributary/cli";
import { catalogue, checksum, PROTOCOL_VERSION, v1 } from "@tributary/protocol";
import fc from "fast-check";
import { io, type Socket } from "socket.io-client";
import { type HttpMessage, httpMessages } from "./http-requests.js";
import { rawFrames, sendRaw } from "./raw-frames.js";
import { CONNECTIONS, isAnswered, type Known, type SocketMessage, socketMessages } from "./socket-messages.js";

export interface FuzzOptions {
  readonly messages: number;
  readonly seed: number;
  readonly known: Known;
  readonly say?: (line: string) => void;
}

export interface FuzzResult {
  readonly messages: number;
  /** How often each answer came, by its code; "ok" for what was not refused. */
  readonly answers: Readonly<Record<string, number>>;
  /** What may not be: an answer without a type, no answer, a fault of the coordinator. At most 20. */
  readonly wrong: readonly string[];
  /** Bytes that the coordinator holds more at its highest than at the begin; undefined where there is no /proc. */
  readonly grownBytes: number | undefined;
}

/** Messages of one batch: half of them on Socket.IO, a quarter raw frames, a quarter requests. */
const BATCH = { socket: 200, http: 100, raw: 10 };
const ANSWER_MS = 20_000;
/** Addresses to send from, where all of 127.0.0.0/8 is this machine: each may send so many requests a minute. */
const ADDRESSES = process.platform === "linux" ? 250 : 1;

/** Sends random messages to a coordinator of real processes, and looks at each answer. The same seed sends the same. */
export async function fuzz(federation: LocalFederation, options: FuzzOptions): Promise<FuzzResult> {
  const { messages, seed, known, say = () => {} } = options;
  const { url, adminToken, joinToken, coordinator } = federation;
  const answers = new Map<string, number>();
  const wrong: string[] = [];
  const note = (answer: string) => answers.set(answer, (answers.get(answer) ?? 0) + 1);
  const fault = (what: string) => wrong.length < 20 && wrong.push(what);
  const sockets = Array.from({ length: CONNECTIONS }, () =>
    io(url, { transports: ["websocket"], auth: { token: joinToken }, forceNew: true, reconnectionDelay: 50 }),
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const [onSocket, onHttp] = [socketMessages(known), httpMessages(adminToken)];
  const before = await residentBytes(coordinator.pid);
  let [sentMessages, highest, ended] = [0, before ?? 0, false];
  void coordinator.exited.then(() => (ended = true));
  try {
    for (let batch = 0; sentMessages < messages && !ended && wrong.length < 20; batch++) {
      const sample = <T>(all: fc.Arbitrary<T>, numRuns: number) => fc.sample(all, { seed: seed + batch, numRuns });
      await Promise.all(sockets.map((socket, index) => ready(socket, index)));
      const raws = sample(rawFrames, BATCH.raw);
      await Promise.all([
        ...sample(onSocket, BATCH.socket).map((message) => emit(sockets, message, note, fault)),
        sideBySide(sample(onHttp, BATCH.http), (message, index) =>
          send(new URL(url), message, agent, `127.0.0.${1 + ((batch + index) % ADDRESSES)}`, note, fault),
        ),
        sideBySide(raws, (frames) => sendRaw(new URL(url), joinToken, frames)),
      ]);
      sentMessages += BATCH.socket + BATCH.http + raws.reduce((sum, frames) => sum + frames.length, 0);
      highest = Math.max(highest, (await residentBytes(coordinator.pid)) ?? 0);
      if (batch % 50 === 49) say(`${sentMessages} messages, ${(highest / 2 ** 20).toFixed(0)} MiB`);
    }
    if (ended) fault(`the coordinator ended: ${JSON.stringify(await coordinator.exited)}`);
    else if (!(await fetch(new URL("/health", url))).ok) fault("/health does not answer");
  } finally {
    for (const socket of sockets) socket.disconnect();
    agent.destroy();
  }
  const grownBytes = before === undefined ? undefined : highest - before;
  return { messages: sentMessages, answers: Object.fromEntries([...answers].sort()), wrong, grownBytes };
}

/** Connected; and registered, when its number is even. */
async function ready(socket: Socket, index: number): Promise<void> {
  if (!socket.connected) {
    socket.connect();
    await new Promise<void>((resolve) => socket.once("connect", resolve));
  }
  if (index % 2 === 1) return;
  const registration = v1.Registration.encode({
    ...{ protocolVersion: PROTOCOL_VERSION, name: `mallory-${index}`, role: v1.Role.ROLE_TRAIN, dataset: "nobodys" },
    ...{
      samples: 10,
      backend: "wasm",
      threads: 1,
      software: "fuzz",
      sampleShape: [1, 28, 28],
      classes: 10,
      ops: ["relu"],
    },
  }).finish();
  await socket
    .timeout(ANSWER_MS)
    .emitWithAck("register", registration, checksum("register", registration))
    .catch(() => undefined);
}

async function emit(
  sockets: readonly Socket[],
  { connection, event, args }: SocketMessage,
  note: (answer: string) => void,
  fault: (what: string) => void,
): Promise<void> {
  const socket = sockets[connection];
  if (socket === undefined) return;
  if (!socket.connected) return note("disconnected");
  if (!isAnswered(event)) {
    socket.emit(event, ...args);
    return note("no event");
  }
  try {
    const answer: unknown = await socket.timeout(ANSWER_MS).emitWithAck(event, ...args);
    const bytes = Array.isArray(answer) ? answer[0] : answer;
    if (!(bytes instanceof Uint8Array)) return void fault(`${event} is answered without bytes`);
    const { error } = v1.Reply.decode(bytes);
    const code = error?.code ?? "ok";
    note(code);
    if (error && (!(code in catalogue) || code === "internal"))
      fault(`${event} is refused with "${code}": ${error.message}`);
  } catch {
    // A connection that was closed meanwhile, by a registration under the same name or by `leave`, has no answers.
    if (socket.connected) fault(`${event} is not answered`);
    else note("disconnected");
  }
}

function send(
  url: URL,
  message: HttpMessage,
  agent: Agent,
  localAddress: string,
  note: (answer: string) => void,
  fault: (what: string) => void,
): Promise<void> {
  const { method, path, headers, body } = message;
  return new Promise((resolve) => {
    const sending = request(
      {
        host: url.hostname,
        port: url.port,
        method,
        path,
        headers: { ...headers, "content-length": Buffer.byteLength(body) },
        agent,
        localAddress,
        timeout: ANSWER_MS,
      },
      async (response) => {
        const chunks: Buffer[] = [];
        // A stream of events does not end by itself.
        if (response.headers["content-type"]?.startsWith("text/event-stream")) response.destroy();
        else for await (const chunk of response) chunks.push(chunk);
        check(response.statusCode ?? 0, response.headers["content-type"] ?? "", Buffer.concat(chunks).toString());
        resolve();
      },
    );
    const check = (status: number, type: string, text: string) => {
      if (status < 400) return note("ok");
      const what = `${method} ${path.slice(0, 120)}: ${status}`;
      const code = codeOf(text);
      note(code ?? `status ${status}`);
      if (!type.startsWith("application/problem+json")) return void fault(`${what} as ${type}: ${text.slice(0, 200)}`);
      if (code === undefined || !(code in catalogue) || code === "internal") fault(`${what}: ${text.slice(0, 200)}`);
    };
    sending.on("timeout", () => sending.destroy(new Error("no answer")));
    sending.on("error", (error: NodeJS.ErrnoException) => {
      // A connection that the server closed just then, since nothing had come on it for long: see `reusedSocket` in Node's documentation.
      if (sending.reusedSocket && error.code === "ECONNRESET")
        return resolve(send(url, message, agent, localAddress, note, fault));
      fault(`${method} ${path.slice(0, 120)}: ${error.message}`);
      resolve();
    });
    sending.end(body);
  });
}

function codeOf(text: string): string | undefined {
  try {
    const problem: unknown = JSON.parse(text);
    return typeof problem === "object" && problem !== null && "code" in problem ? String(problem.code) : undefined;
  } catch {
    return undefined;
  }
}

/** Eight at a time. */
async function sideBySide<T>(all: readonly T[], act: (one: T, index: number) => Promise<void>): Promise<void> {
  const rest = all.entries();
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (const [index, one] of rest) await act(one, index);
    }),
  );
}

async function residentBytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kib = /VmRSS:\s+(\d+) kB/.exec(status)?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}
