import type { Codec } from "../chain/codec.js";
import { valueFormatOf } from "../values/value-formats.js";
import { dense, densePerChannel } from "./dense.js";
import { powerSgd } from "./power-sgd.js";
import { randomK } from "./random-k.js";
import type { TensorCodec } from "./tensor-codec.js";
import { topK } from "./top-k.js";

/** @param errorFeedback whether what is lost comes back in the next round: then randomk does not scale what it keeps */
export function tensorCodecOf({ reduction, format }: Codec, errorFeedback: boolean): TensorCodec {
  const values = valueFormatOf(format);
  switch (reduction.kind) {
    case "dense":
      return format.kind === "int8" && format.per === "channel" ? densePerChannel(values) : dense(values);
    case "topk":
      return topK(reduction.fraction, values);
    case "randomk":
      return randomK(reduction.fraction, values, errorFeedback);
    case "powersgd":
      return powerSgd(reduction.rank, values);
    default:
      return reduction satisfies never;
  }
}
