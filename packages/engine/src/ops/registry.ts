import { logSoftmax, relu, softmax } from "./activation.js";
import { conv2d } from "./convolution.js";
import { dropout } from "./dropout.js";
import { flatten } from "./flatten.js";
import { linear } from "./linear.js";
import type { Op } from "./op.js";
import { avgPool2d, maxPool2d } from "./pooling.js";

/** Every op that the engine runs, by its name in the catalogue of `@tributary/nn`. */
export const ops: ReadonlyMap<string, Op> = new Map([
  ["avg_pool2d", avgPool2d],
  ["conv2d", conv2d],
  ["dropout", dropout],
  ["flatten", flatten],
  ["linear", linear],
  ["log_softmax", logSoftmax],
  ["max_pool2d", maxPool2d],
  ["relu", relu],
  ["softmax", softmax],
]);
