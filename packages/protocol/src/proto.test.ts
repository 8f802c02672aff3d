import { expect, it } from "vitest";
import { v1 } from "./index.js";

it("reads 64-bit counts as numbers, with and without a value", () => {
  const seed = Number.MAX_SAFE_INTEGER;
  expect(v1.Task.decode(v1.Task.encode({ seed }).finish()).seed).toBe(seed);
  expect(v1.Task.decode(new Uint8Array()).seed).toBe(0);
});
