import { didYouMean, TributaryError } from "@tributary/protocol";
import type { Graph } from "../graph/graph.js";
import type { Module } from "../module/module.js";
import { trace } from "../module/trace.js";
import { CharLstm } from "./char-lstm.js";
import { LeNet5 } from "./lenet5.js";
import { Logistic } from "./logistic.js";
import { McMahan2nn } from "./mcmahan-2nn.js";
import { McMahanCnn } from "./mcmahan-cnn.js";
import { PysyftCnn } from "./pysyft-cnn.js";
import { ResnetSmall } from "./resnet-small.js";
import { UnetSmall } from "./unet-small.js";

const models: Readonly<Record<string, { readonly make: () => Module; readonly input: readonly number[] }>> = {
  "char-lstm": { make: () => new CharLstm(), input: [80] },
  lenet5: { make: () => new LeNet5(), input: [1, 28, 28] },
  logistic: { make: () => new Logistic(), input: [1, 28, 28] },
  "mcmahan-2nn": { make: () => new McMahan2nn(), input: [1, 28, 28] },
  "mcmahan-cnn": { make: () => new McMahanCnn(), input: [1, 28, 28] },
  "pysyft-cnn": { make: () => new PysyftCnn(), input: [1, 28, 28] },
  "resnet-small": { make: () => new ResnetSmall(), input: [3, 32, 32] },
  "unet-small": { make: () => new UnetSmall(), input: [1, 32, 32] },
};

/** Names that `namedModel` takes. */
export const modelNames: readonly string[] = Object.keys(models);

/** The graph of a model that comes with Tributary. @throws TributaryError `unknown_model` naming the nearest, or all */
export function namedModel(name: string): Graph {
  const model = Object.hasOwn(models, name) ? models[name] : undefined;
  if (model === undefined)
    throw new TributaryError(
      "unknown_model",
      `there is no model "${name.slice(0, 100)}"; ${didYouMean(name, modelNames)}`,
    );
  return trace(model.make(), model.input, { name });
}
