import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { Server, type Socket } from "socket.io";
import { type Socket as ClientSocket, io } from "socket.io-client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Channel, EncodedReply, openChannel } from "./channel.js";
import { checksum } from "./checksum.js";
import { TributaryError } from "./errors.js";
import { type CoordinatorEvents, coordinatorEvents, type WorkerEvents, workerEvents } from "./events.js";
import { v1 } from "./proto.js";
import { failure } from "./testing/failure.js";

// A Socket.IO server and a client on the loopback interface.
let server: Server;
let workerSocket: ClientSocket;
let coordinatorSocket: Socket;
let worker: Channel<CoordinatorEvents, WorkerEvents>;
let coordinator: Channel<WorkerEvents, CoordinatorEvents>;
const onFault = vi.fn();

beforeEach(async () => {
  onFault.mockReset();
  const http = createServer();
  server = new Server(http, { transports: ["websocket"], maxHttpBufferSize: 4 * 1024 * 1024 });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  const arrived = new Promise<Socket>((resolve) => server.once("connection", resolve));
  workerSocket = io(`http://127.0.0.1:${port}`, { transports: ["websocket"], reconnection: false });
  await new Promise<void>((resolve) => workerSocket.once("connect", resolve));
  coordinatorSocket = await arrived;
  worker = openChannel(workerSocket, coordinatorEvents, workerEvents);
  coordinator = openChannel(coordinatorSocket, workerEvents, coordinatorEvents, onFault);
});

afterEach(async () => {
  workerSocket.disconnect();
  await server.close();
});

/** Sends what no channel would, with the checksum that it should have, and returns the acknowledgement's content. */
async function emitRaw(name: string, ...args: unknown[]): Promise<v1.Reply> {
  const [content] = args;
  const sums = content instanceof Uint8Array ? [checksum(name, content)] : [];
  return new Promise((resolve) =>
    workerSocket.emit(name, ...args, ...sums, (reply: Uint8Array) => resolve(v1.Reply.decode(new Uint8Array(reply)))),
  );
}

/** Answers with what no channel would. */
const answering = (content: unknown) => (_: unknown, sum: number, acknowledge: (...reply: unknown[]) => void) =>
  acknowledge(content, ...(content instanceof Uint8Array ? [checksum(String(sum), content)] : []));

describe("a call", () => {
  it("carries a message there and its answer back, in both directions", async () => {
    coordinator.handle("chunk", ({ digest, index }) => ({ data: Uint8Array.of(...digest, index) }));
    worker.handle("abort", ({ reason }) => {
      expect(reason).toBe("enough");
      return {};
    });
    const { data } = await worker.call("chunk", { digest: Uint8Array.of(1, 2), index: 3 });
    expect([...data]).toEqual([1, 2, 3]);
    expect(await coordinator.call("abort", { job: "j", round: 1, attempt: 1, reason: "enough" })).toEqual({});
  });

  it("tells answers apart when many are on their way", async () => {
    coordinator.handle("chunk", async ({ index }) => {
      await new Promise((resolve) => setTimeout(resolve, (7 * index) % 10));
      return { data: Uint8Array.of(index) };
    });
    const indices = Array.from({ length: 20 }, (_, index) => index);
    const answers = await Promise.all(indices.map((index) => worker.call("chunk", { index })));
    expect(answers.map(({ data }) => data[0])).toEqual(indices);
  });

  it("may be answered with bytes that are encoded already", async () => {
    const ok = v1.Chunk.encode({ data: Uint8Array.of(7) }).finish();
    coordinator.handle("chunk", () => new EncodedReply(v1.Reply.encode({ ok }).finish()));
    expect([...(await worker.call("chunk", {})).data]).toEqual([7]);
  });

  it("throws the error of the other side, with its code, message and hint", async () => {
    coordinator.handle("update", () => {
      throw new TributaryError("round_closed", "round 3 is over", { hint: "Wait for the next." });
    });
    await expect(worker.call("update", {})).rejects.toMatchObject({
      name: "TributaryError",
      code: "round_closed",
      message: "round 3 is over",
      hint: "Wait for the next.",
      status: 409,
    });
    expect(onFault).not.toHaveBeenCalled();
  });

  it("hides what an unexpected error says, and tells this side's log", async () => {
    const fault = new Error("cannot read /secret/path");
    coordinator.handle("leave", () => Promise.reject(fault));
    await expect(worker.call("leave", {})).rejects.toMatchObject({
      code: "internal",
      message: expect.not.stringContaining("secret"),
    });
    expect(onFault).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: "internal", cause: fault }));
  });

  it("ends when no answer comes in time", async () => {
    coordinator.handle("leave", () => new Promise(() => undefined));
    await expect(worker.call("leave", {}, { timeoutMs: 20 })).rejects.toEqual(failure("timed_out"));
    await expect(worker.call("progress", {}, { timeoutMs: 20 })).rejects.toEqual(failure("timed_out"));
  });

  it("ends when the connection is lost, and is refused after that", async () => {
    coordinator.handle("leave", () => {
      coordinatorSocket.disconnect(true);
      return new Promise(() => undefined);
    });
    await expect(worker.call("leave", {})).rejects.toEqual(failure("disconnected"));
    await expect(worker.call("leave", {})).rejects.toEqual(failure("disconnected"));
    await expect(coordinator.call("abort", {})).rejects.toEqual(failure("disconnected"));
  });

  it("ends when it is called off, before it begins or while it waits", async () => {
    const handler = vi.fn(() => new Promise<v1.Empty>(() => undefined));
    coordinator.handle("leave", handler);
    await expect(worker.call("leave", {}, { signal: AbortSignal.abort() })).rejects.toEqual(failure("aborted"));
    expect(handler).not.toHaveBeenCalled();
    const controller = new AbortController();
    const call = worker.call("leave", {}, { signal: controller.signal });
    setTimeout(() => controller.abort(), 10);
    await expect(call).rejects.toEqual(failure("aborted"));
  });

  it("leaves no listener behind", async () => {
    coordinator.handle("progress", () => ({}));
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, "removeEventListener");
    await worker.call("progress", {}, { signal });
    await worker.call("leave", {}, { signal, timeoutMs: 10 }).catch(() => undefined);
    expect(workerSocket.listeners("disconnect")).toEqual([]);
    expect(removed).toHaveBeenCalledTimes(2);
  });

  it("is not sent when it is too large for its event", async () => {
    const job = "x".repeat(64 * 1024);
    await expect(worker.call("failure", { job })).rejects.toEqual(failure("payload_too_large"));
  });

  it.each([
    ["no bytes", "text"],
    ["nothing", undefined],
    ["bytes that are no Reply", Buffer.from([0xff, 0xff])],
    ["a Reply that holds no Chunk", Buffer.from(v1.Reply.encode({ ok: Uint8Array.of(0x0a, 0x7f) }).finish())],
  ])("can't be answered with %s", async (_, acknowledgement) => {
    coordinatorSocket.on("chunk", answering(acknowledgement));
    await expect(worker.call("chunk", {})).rejects.toEqual(failure("invalid_message"));
  });

  it("can't be answered with more than a chunk", async () => {
    const ok = new Uint8Array(2 * 1024 * 1024);
    coordinatorSocket.on("chunk", answering(v1.Reply.encode({ ok }).finish()));
    await expect(worker.call("chunk", {})).rejects.toEqual(failure("payload_too_large"));
  });
});

describe("a message that is damaged on its way", () => {
  const empty = Buffer.from(v1.Reply.encode({ ok: v1.Chunk.encode({ data: Uint8Array.of(7) }).finish() }).finish());

  it("is not carried out, and is sent again", async () => {
    const handler = vi.fn(({ index }: v1.ChunkRequest) => ({ data: Uint8Array.of(index) }));
    coordinator.handle("chunk", handler);
    const { emit } = workerSocket;
    const damage = vi.spyOn(workerSocket, "emit").mockImplementationOnce((name, bytes, ...rest) => {
      const changed = Uint8Array.from(bytes);
      changed[changed.length - 1] = 9;
      return emit.call(workerSocket, name, changed, ...rest);
    });
    expect([...(await worker.call("chunk", { index: 3 })).data]).toEqual([3]);
    expect(handler).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ index: 3 }));
    damage.mockRestore();
  });

  it.each<[string, (sum: number) => number]>([
    ["damaged", (sum) => checksum(String(sum), empty) ^ 1],
    ["that of another request", (sum) => checksum(String(sum + 1), empty)],
  ])("is asked for again when it is an answer, %s", async (_, sumOf) => {
    let asked = 0;
    coordinatorSocket.on("chunk", (_bytes: unknown, sum: number, acknowledge: (...reply: unknown[]) => void) => {
      asked += 1;
      acknowledge(empty, asked < 3 ? sumOf(sum) : checksum(String(sum), empty));
    });
    const onDamaged = vi.fn();
    expect([...(await worker.call("chunk", {}, { onDamaged })).data]).toEqual([7]);
    expect(asked).toBe(3);
    expect(onDamaged).toHaveBeenCalledTimes(2);
  });

  it("is not sent for ever", async () => {
    let asked = 0;
    coordinatorSocket.on("chunk", (_bytes: unknown, _sum: number, acknowledge: (...reply: unknown[]) => void) => {
      asked += 1;
      acknowledge(empty, 1);
    });
    await expect(worker.call("chunk", {})).rejects.toEqual(failure("message_damaged"));
    expect(asked).toBe(8);
  });
});

describe("a request", () => {
  const handler = vi.fn((): v1.Empty.$Properties => ({}));
  beforeEach(() => {
    handler.mockClear();
    coordinator.handle("register", handler);
  });

  const deeplyNested = (tag: number, depth: number) => new Uint8Array(depth).fill(tag);
  it.each([
    ["no bytes", "text"],
    ["null", null],
    ["an object", { byteLength: 3 }],
    ["bytes that are no message", Buffer.from([0xff, 0xff, 0xff, 0xff])],
    ["a text that runs out of the message", Buffer.from([0x12, 0xff, 0xff, 0xff, 0x7f])],
    ["groups in groups in groups", deeplyNested(0x9b, 60_000)],
    ["groups that never end", deeplyNested(0x1b, 60_000)],
  ])("is refused before its handler when it holds %s", async (_, content) => {
    expect(await emitRaw("register", content)).toMatchObject({ error: { code: "invalid_message" } });
    expect(handler).not.toHaveBeenCalled();
  });

  it("is refused when it holds nothing but an acknowledgement", async () => {
    expect(await emitRaw("register")).toMatchObject({ error: { code: "invalid_message" } });
  });

  it("is refused before it is decoded when it is too large for its event", async () => {
    const decoded = vi.spyOn(v1.Registration, "decode");
    expect(await emitRaw("register", Buffer.alloc(64 * 1024 + 1))).toMatchObject({
      error: { code: "payload_too_large" },
    });
    expect(decoded).not.toHaveBeenCalled();
    decoded.mockRestore();
  });

  it("is carried out when nobody waits for its acknowledgement", async () => {
    const bytes = v1.Registration.encode({ name: "alice" }).finish();
    workerSocket.emit("register", bytes, checksum("register", bytes));
    await vi.waitFor(() => expect(handler).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ name: "alice" })));
  });

  it("gets an answer of the catalogue, whatever its bytes are", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const { error, ok } = await emitRaw("register", Buffer.from(bytes));
        expect(ok ?? error?.code).toSatisfy(
          (outcome) => outcome instanceof Uint8Array || outcome === "invalid_message",
        );
      }),
      { numRuns: 200 },
    );
  });
});

describe("every message type", () => {
  const codecs = Object.entries({ ...workerEvents, ...coordinatorEvents });
  it.each(codecs)("of %s is decoded or refused, whatever the bytes, and within moments", (_, { request, reply }) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const codec of [request, reply])
          try {
            codec.decode(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
            // What a TextDecoder says of bytes that are no UTF-8; any other would be a fault of ours.
            if (!(error instanceof TypeError && "code" in error && error.code === "ERR_ENCODING_INVALID_ENCODED_DATA"))
              expect(error).not.toBeInstanceOf(TypeError);
          }
      }),
    );
  });

  it("bounds how deep messages are nested", () => {
    // A Task's graph's node's group, in a group, in a group …
    const groups = new Uint8Array(1_000_000).fill(0x1b);
    expect(() => v1.Assignment.decode(groups)).toThrow("max depth exceeded");
  });
});
