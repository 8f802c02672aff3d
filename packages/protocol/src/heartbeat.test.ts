import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keepAlive } from "./heartbeat.js";

let here: Socket;
let there: Socket;
let stop = () => {};

beforeEach(async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  here = connect((server.address() as AddressInfo).port, "127.0.0.1");
  [there] = await once(server, "connection");
  here.resume();
  server.close();
});
afterEach(() => {
  stop();
  here.destroy();
  there.destroy();
});

describe("a connection", () => {
  it("that says nothing is dead within 15 s, whatever is written to it; one from which bytes come lives", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
    try {
      const [beat, onSilent] = [vi.fn(() => here.write("beat")), vi.fn()];
      stop = keepAlive(here, beat, onSilent);
      for (let second = 0; second < 60; second += 3) {
        there.write(".");
        await once(here, "data");
        vi.advanceTimersByTime(3_000);
      }
      expect(onSilent).not.toHaveBeenCalled();
      expect(beat).toHaveBeenCalledTimes(20);
      vi.advanceTimersByTime(11_000);
      expect(onSilent).not.toHaveBeenCalled();
      vi.advanceTimersByTime(4_000);
      expect(onSilent).toHaveBeenCalledOnce();
      vi.advanceTimersByTime(60_000);
      expect(onSilent).toHaveBeenCalledOnce();
    } finally {
      vi.useRealTimers();
    }
  });
});
