import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { TributaryError } from "@tributary/protocol";

const isRank2 = (tensor: Tensor): tensor is Tensor2D => tensor.rank === 2;
const isRank4 = (tensor: Tensor): tensor is Tensor4D => tensor.rank === 4;

const rankMismatch = (tensor: Tensor | undefined, rank: number, where: string) =>
  new TributaryError("invalid_graph", `${where}: expected a value of rank ${rank}, got [${tensor?.shape ?? "none"}]`);

/** `tensor`, known to have rank 2. @throws TributaryError `invalid_graph` */
export function rank2(tensor: Tensor | undefined, where: string): Tensor2D {
  if (tensor === undefined || !isRank2(tensor)) throw rankMismatch(tensor, 2, where);
  return tensor;
}

/** `tensor`, known to have rank 4. @throws TributaryError `invalid_graph` */
export function rank4(tensor: Tensor | undefined, where: string): Tensor4D {
  if (tensor === undefined || !isRank4(tensor)) throw rankMismatch(tensor, 4, where);
  return tensor;
}
