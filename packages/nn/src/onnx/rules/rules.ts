import type { OnnxRules } from "../rule.js";
import { activation } from "./activation.js";
import { arithmetic } from "./arithmetic.js";
import { convolution } from "./convolution.js";
import { dropout } from "./dropout.js";
import { embedding } from "./embedding.js";
import { join } from "./join.js";
import { linear } from "./linear.js";
import { normalisation } from "./normalisation.js";
import { pooling } from "./pooling.js";
import { recurrent } from "./recurrent.js";
import { reduction } from "./reduction.js";
import { reshape } from "./reshape.js";

/** How each op of the catalogue is written: a file for each family, as in the catalogue itself. */
export const onnxRules: OnnxRules = {
  ...activation,
  ...arithmetic,
  ...convolution,
  ...dropout,
  ...embedding,
  ...join,
  ...linear,
  ...normalisation,
  ...pooling,
  ...recurrent,
  ...reduction,
  ...reshape,
};
