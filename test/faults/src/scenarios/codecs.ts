import { codecExamples, modelCodecSchema } from "@tributary/federation";
import type { Scenario } from "./scenario.js";

/** The chains of a stage's own rows, where those are not its example after `delta`. */
const chainsOf: Readonly<Record<string, readonly string[]>> = {
  // In most of the others.
  delta: [],
  // What is sent without a codec.
  float32: [],
  float16: ["float16"],
  bfloat16: ["bfloat16"],
  int8: ["int8", "delta | int8(channel)"],
  topk: ["delta | topk(0.05) | int8"],
  randomk: ["delta | randomk(0.1)"],
  deflate: ["delta | int8 | deflate"],
};

/** Chains that have every stage: a new one has a row without being named here. */
const updateCodecs: readonly string[] = codecExamples.flatMap(
  ({ stage, example }) => chainsOf[stage] ?? [`delta | ${example}`],
);

/**
 * Of models, with every stage that they may have: what workers are sent is there again after the coordinator died, and their model is that of
 * who saw it whole.
 */
const modelCodecs = codecExamples
  .filter(({ example }) => modelCodecSchema.safeParse(example).success)
  .map(({ stage, example }) => (stage === "bfloat16" ? `${example} | deflate` : example));

/** What the reduced form has: one with error feedback. */
const short = "delta | topk(0.05) | int8";

/**
 * An update is the same bytes again when a worker dies after it trained, and what the codec lost goes on with the right one: that of the last
 * update that counted.
 */
export const codecKills: readonly Scenario[] = updateCodecs.map((update) => ({
  group: "codec",
  name: update,
  job: { codec: { update } },
  faults: { coordinator: ["kill@between-update-and-ack#5"], bela: ["kill@trained#2"], carl: ["kill@computed#3"] },
  short: update === short,
}));

/** The control variate's change travels as the update does, and has what it lost kept with it. */
export const controlCodecKills: readonly Scenario[] = ["delta | topk(0.05) | int8"].map((update) => ({
  group: "codec",
  name: `control variates by ${update}`,
  job: { strategy: { kind: "scaffold" }, codec: { update } },
  faults: { coordinator: ["kill@between-update-and-ack#5"], bela: ["kill@trained#2"], carl: ["kill@computed#3"] },
  short: false,
}));

export const modelCodecKills: readonly Scenario[] = modelCodecs.map((model, index) => ({
  group: "codec",
  name: `models by ${model}`,
  job: { codec: { model, update: "delta | int8" } },
  faults: { coordinator: ["kill@sending-model#3", "kill@between-commit-and-journal#2"], bela: ["kill@downloading#2"] },
  short: index === 0,
}));
