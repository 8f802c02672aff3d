import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NetworkProxy } from "./proxy.js";

/** What a socket received, and whether it was closed. */
class Peer {
  readonly chunks: Buffer[] = [];
  closed = false;

  constructor(readonly socket: Socket) {
    socket.on("data", (chunk: Buffer) => this.chunks.push(chunk));
    socket.on("error", () => {});
    socket.on("close", () => {
      this.closed = true;
    });
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  async until(holds: (peer: Peer) => boolean): Promise<void> {
    for (let waited = 0; !holds(this); waited += 5) {
      if (waited > 10_000) throw new Error("it did not come to that");
      await pause(5);
    }
  }
}

let server: Server;
let proxy: NetworkProxy;
let accepted: Peer[];
let opened: Socket[];
beforeEach(async () => {
  accepted = [];
  opened = [];
  server = createServer((socket) => void accepted.push(new Peer(socket))).listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy = await NetworkProxy.start((server.address() as AddressInfo).port);
});
afterEach(async () => {
  for (const socket of opened) socket.destroy();
  for (const { socket } of accepted) socket.destroy();
  await proxy[Symbol.asyncDispose]();
  server.close();
});

const open = (): Peer => {
  const socket = connect(proxy.port, "127.0.0.1");
  opened.push(socket);
  return new Peer(socket);
};

/** A connection over the proxy, both of its ends. */
async function pair(): Promise<{ readonly client: Peer; readonly far: Peer }> {
  const count = accepted.length;
  const client = open();
  await client.until(() => accepted.length > count);
  const far = accepted[count];
  if (far === undefined) throw new Error("nothing was accepted");
  return { client, far };
}

const content = (length: number): Buffer => Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 31) % 251));

describe("a network proxy", () => {
  it("carries bytes both ways, unchanged, and ends", async () => {
    const { client, far } = await pair();
    const [up, down] = [content(1_000_000), content(300_000).reverse()];
    client.socket.write(up);
    far.socket.end(down);
    client.socket.end();
    await Promise.all([client.until(({ closed }) => closed), far.until(({ closed }) => closed)]);
    expect(far.bytes.equals(up)).toBe(true);
    expect(client.bytes.equals(down)).toBe(true);
    expect(proxy.traffic).toMatchObject({ up: 1_000_000, down: 300_000, connections: 1, cuts: 0, corrupted: 0 });
  });

  it("resets a client when the server is not there", async () => {
    server.close();
    const client = open();
    await client.until(({ closed }) => closed);
  });

  it("delays each byte, and not each after the other", async () => {
    proxy.behave({ delayMs: 100 });
    const { client, far } = await pair();
    const began = performance.now();
    client.socket.write(content(10 * 64 * 1024));
    await far.until(({ bytes }) => bytes.byteLength === 10 * 64 * 1024);
    const took = performance.now() - began;
    expect(took).toBeGreaterThanOrEqual(99);
    expect(took).toBeLessThan(900);
  });

  it("throttles, so that the sender has to wait", async () => {
    proxy.behave({ bytesPerSecond: 20_000_000 });
    const { client, far } = await pair();
    const began = performance.now();
    // More than the buffers of both sockets hold.
    const length = 16_000_000;
    await new Promise((resolve) => client.socket.write(content(length), resolve));
    expect(performance.now() - began).toBeGreaterThan(200);
    await far.until(({ bytes }) => bytes.byteLength === length);
    expect(performance.now() - began).toBeGreaterThan(790);
  });

  it("cuts a connection once in as many bytes as it is told, and not the next one", async () => {
    proxy.behave({ cutEvery: 1_000_000 });
    const { client, far } = await pair();
    client.socket.write(content(2_000_000));
    await Promise.all([client.until(({ closed }) => closed), far.until(({ closed }) => closed)]);
    // What lies in buffers when a connection is cut may be lost with it.
    expect(far.bytes.byteLength).toBeGreaterThan(0);
    expect(far.bytes.byteLength).toBeLessThan(1_500_000);
    const { client: another, far: other } = await pair();
    another.socket.write("hello");
    await other.until(({ bytes }) => bytes.toString() === "hello");
    expect(proxy.traffic).toMatchObject({ cuts: 1, connections: 2 });
  });

  it("delivers nothing during a partition, and everything after it", async () => {
    const { client, far } = await pair();
    proxy.partition();
    client.socket.write("before");
    const late = open();
    late.socket.write("late");
    await pause(100);
    expect(far.bytes).toHaveLength(0);
    expect(accepted).toHaveLength(1);
    proxy.heal();
    await far.until(({ bytes }) => bytes.toString() === "before");
    await late.until(() => accepted[1]?.bytes.toString() === "late");
  });

  it("swallows what a half-open connection carries, also its end; new connections work", async () => {
    const { client, far } = await pair();
    expect(proxy.halfOpen()).toBe(1);
    client.socket.end("nobody hears this");
    const { client: another, far: other } = await pair();
    another.socket.write("hello");
    await other.until(({ bytes }) => bytes.toString() === "hello");
    await pause(50);
    expect(far.bytes).toHaveLength(0);
    expect(far.closed).toBe(false);
  });

  it("changes about as many bytes as it is told", async () => {
    proxy.behave({ corruptEvery: 10_000 });
    const { client, far } = await pair();
    const sent = content(2_000_000);
    client.socket.write(sent);
    await far.until(({ bytes }) => bytes.byteLength === sent.byteLength);
    const unlike = far.bytes.reduce((count, byte, index) => count + (byte === sent[index] ? 0 : 1), 0);
    expect(unlike).toBe(proxy.traffic.corrupted);
    // Poisson with mean 200: outside of this once in 10^11.
    expect(unlike).toBeGreaterThan(110);
    expect(unlike).toBeLessThan(310);
  });
});
