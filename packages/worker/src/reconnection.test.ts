import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { io, type Socket } from "socket.io-client";
import { expect, it } from "vitest";
import { reconnection } from "./session.js";

const CLIENTS = 300;

it("workers that lose their coordinator together come back spread over seconds", async () => {
  const http = createServer();
  const server = new Server(http, { transports: ["websocket"] });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  const clients: Socket[] = [];
  try {
    const all = (count: number) => expect.poll(() => server.engine.clientsCount, { timeout: 20_000 }).toBe(count);
    for (let index = 0; index < CLIENTS; index++)
      clients.push(io(`http://127.0.0.1:${port}`, { transports: ["websocket"], forceNew: true, ...reconnection }));
    await all(CLIENTS);
    const began = performance.now();
    const arrivals: number[] = [];
    server.on("connection", () => arrivals.push(performance.now() - began));
    for (const socket of server.sockets.sockets.values()) socket.conn.close();
    await expect.poll(() => arrivals.length, { timeout: 20_000 }).toBe(CLIENTS);
    const inOneSecond = arrivals.map((from) => arrivals.filter((at) => at >= from && at < from + 1_000).length);
    expect(Math.max(...inOneSecond)).toBeLessThan(CLIENTS / 2);
  } finally {
    for (const client of clients) client.disconnect();
    await server.close();
  }
});
