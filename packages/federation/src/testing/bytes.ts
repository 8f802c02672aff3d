import type { TestResult } from "./rounds.js";

/** What a round ends with, so that unlike bits are unlike texts. */
export const bytesOf = ({ model, state }: TestResult) => [
  Buffer.from(model.buffer).toString("hex"),
  ...Object.entries(state).map(([name, values]) => `${name} ${Buffer.from(values.buffer).toString("hex")}`),
];

/** Kept vectors as they would lie on a disk. */
export const toBytes = (state: TestResult["state"]) =>
  Object.entries(state).map(([name, values]): [string, string] => [
    name,
    Buffer.from(values.buffer).toString("base64"),
  ]);

/** The inverse of `toBytes`. */
export const fromBytes = (state: readonly [string, string][]): TestResult["state"] =>
  Object.fromEntries(
    state.map(([name, text]) => [name, new Float32Array(Uint8Array.from(Buffer.from(text, "base64")).buffer)]),
  );
