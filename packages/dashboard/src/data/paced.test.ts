import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Paced } from "./paced.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it("does what it is asked to at once, then at a pace, and the last time after the last asking", async () => {
  const began: number[] = [];
  const start = Date.now();
  const paced = new Paced(async () => {
    began.push(Date.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }, 1_000);
  for (let at = 0; at < 2_000; at += 50) {
    paced.ask();
    await vi.advanceTimersByTimeAsync(50);
  }
  await vi.advanceTimersByTimeAsync(60_000);
  expect(began).toEqual([0, 1_100, 2_200]);
  paced.ask();
  expect(began).toHaveLength(4);
  paced.ask();
  paced.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  paced.ask();
  expect(began).toHaveLength(4);
});
