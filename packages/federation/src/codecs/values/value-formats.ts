import type { NumberFormat } from "../chain/codec.js";
import { bfloat16 } from "./bfloat16.js";
import { float16 } from "./float16.js";
import { float32 } from "./float32.js";
import { int8 } from "./int8.js";
import { qsgd } from "./qsgd.js";
import { sign } from "./sign.js";
import type { ValueFormat } from "./value-format.js";

/** The format of this name. `int8` is one scale for the whole list; a scale for each channel is a list for each. */
export function valueFormatOf(format: NumberFormat): ValueFormat {
  switch (format.kind) {
    case "float32":
      return float32;
    case "float16":
      return float16;
    case "bfloat16":
      return bfloat16;
    case "int8":
      return int8;
    case "qsgd":
      return qsgd(format.bits);
    case "sign":
      return sign;
    default:
      return format satisfies never;
  }
}
