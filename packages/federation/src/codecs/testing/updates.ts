import { type ErrorCode, elementCount, type ParameterSet, stream } from "@tributary/protocol";
import { expect } from "vitest";
import type { ExpectedParameter } from "../layout.js";
import type { RandomSource } from "../random-source.js";

/** Two tensors, and what is sent as it is. */
export const network: readonly ExpectedParameter[] = [
  { name: "conv.weight", shape: [8, 4, 5, 5] },
  { name: "conv.bias", shape: [8] },
  { name: "fc.weight", shape: [24, 50] },
  { name: "fc.bias", shape: [24] },
  { name: "norm.running_var", shape: [300] },
  { name: "norm.temperature", shape: [] },
  { name: "nothing", shape: [0, 300] },
];

/** Normal numbers of this deviation for every parameter. */
export const drawn = (seed: number, deviation = 1, expected = network): ParameterSet =>
  expected.map(({ name, shape }) => {
    const random = stream(seed, name);
    const values = new Float32Array(elementCount(shape)).map(() => random.normal() * deviation);
    return { name, shape, values };
  });

/** One parameter, and the network that has it alone. */
export const alone = (values: Float32Array, shape: readonly number[] = [1, values.length]): ParameterSet => [
  { name: "fc.weight", shape, values },
];

/** The streams of one update. */
export const randomOf =
  (seed: number): RandomSource =>
  (...name) =>
    stream(seed, "codec", ...name);

/** Chains of every stage, and of the pairs of stages that are allowed. */
export const chains = [
  "float32",
  "float16",
  "bfloat16",
  "int8",
  "int8(channel)",
  "qsgd(2)",
  "qsgd(4)",
  "qsgd(8)",
  "sign",
  "topk(0.05)",
  "topk(1)",
  "topk(0.05) | float16",
  "topk(0.05) | int8",
  "topk(0.05) | sign",
  "randomk(0.05)",
  "randomk(0.2) | qsgd(4)",
  "powersgd(2)",
  "powersgd(64)",
  "powersgd(3) | int8",
  "deflate",
  "int8 | deflate(1)",
  "topk(0.05) | int8 | deflate",
].flatMap((chain) => [chain, chain === "float32" ? "delta" : `delta | ${chain}`]);

/** Matches a `TributaryError` with this code. */
export const failure = (code: ErrorCode): unknown => expect.objectContaining({ name: "TributaryError", code });
