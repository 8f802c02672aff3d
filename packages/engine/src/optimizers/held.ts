import type { Tensor } from "@tensorflow/tfjs-core";
import { TributaryError } from "@tributary/protocol";

/** A slot or a scalar that the optimizer itself has named. */
export function held(tensors: Readonly<Record<string, Tensor>>, name: string): Tensor {
  const tensor = tensors[name];
  if (tensor === undefined) throw new TributaryError("internal", `the optimizer was not given its ${name}`);
  return tensor;
}
