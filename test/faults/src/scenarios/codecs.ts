import type { Scenario } from "./scenario.js";

const codecs = [
  "float16",
  "bfloat16",
  "int8",
  "delta | int8(channel)",
  "delta | qsgd(4)",
  "delta | topk(0.05) | int8",
  "delta | randomk(0.1)",
  "delta | sign",
  "delta | powersgd(2)",
  "delta | int8 | deflate",
];

/** Of models: what workers are sent is there again after the coordinator died, and their model is that of who saw it whole. */
const ofModels = ["float16", "bfloat16 | deflate"];

/** What the reduced form has: one with error feedback. */
const short = "delta | topk(0.05) | int8";

/**
 * An update is the same bytes again when a worker dies after it trained, and what the codec lost goes on with the right one: that of the last
 * update that counted.
 */
export const codecKills: readonly Scenario[] = codecs.map((update) => ({
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

export const modelCodecKills: readonly Scenario[] = ofModels.map((model, index) => ({
  group: "codec",
  name: `models by ${model}`,
  job: { codec: { model, update: "delta | int8" } },
  faults: { coordinator: ["kill@sending-model#3", "kill@between-commit-and-journal#2"], bela: ["kill@downloading#2"] },
  short: index === 0,
}));
