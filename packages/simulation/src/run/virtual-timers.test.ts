import { describe, expect, it } from "vitest";
import { VirtualTimers } from "./virtual-timers.js";

const training = { phase: "training", round: 1, attempt: 1 } as const;
const waiting = { phase: "waiting", round: 1, attempt: 1 } as const;

describe("timers in virtual time", () => {
  it("strike one after the other, the earliest first, and time leaps to each", () => {
    const timers = new VirtualTimers();
    timers.set(training, 3_600_000);
    timers.set(waiting, 1_000);
    expect(timers.now).toBe(0);
    expect([timers.strike(), timers.now]).toEqual([waiting, 1_000]);
    expect([timers.strike(), timers.now]).toEqual([training, 3_600_000]);
    expect([timers.strike(), timers.now]).toEqual([undefined, 3_600_000]);
  });

  it("count from the time at which they are set, and are set anew under the same name", () => {
    const timers = new VirtualTimers();
    timers.set(waiting, 1_000);
    timers.strike();
    timers.set(training, 500);
    timers.set(training, 700);
    expect([timers.strike(), timers.now, timers.strike()]).toEqual([training, 1_700, undefined]);
  });

  it("do not strike once they are cleared", () => {
    const timers = new VirtualTimers();
    timers.set(training, 1);
    timers.clear(training);
    expect(timers.strike()).toBeUndefined();
  });
});
