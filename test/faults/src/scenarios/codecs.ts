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
