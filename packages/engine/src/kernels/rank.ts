import type { Tensor, Tensor1D, Tensor2D, Tensor4D, Tensor5D } from "@tensorflow/tfjs-core";
import { TributaryError } from "@tributary/protocol";

const isRank1 = (tensor: Tensor): tensor is Tensor1D => tensor.rank === 1;
const isRank2 = (tensor: Tensor): tensor is Tensor2D => tensor.rank === 2;
const isRank4 = (tensor: Tensor): tensor is Tensor4D => tensor.rank === 4;
const isRank5 = (tensor: Tensor): tensor is Tensor5D => tensor.rank === 5;

const rankMismatch = (tensor: Tensor | undefined, rank: number, where: string) =>
  new TributaryError("invalid_graph", `${where}: expected a value of rank ${rank}, got [${tensor?.shape ?? "none"}]`);

/** `tensor`, known to have rank 1. @throws TributaryError `invalid_graph` */
export function rank1(tensor: Tensor | undefined, where: string): Tensor1D {
  if (tensor === undefined || !isRank1(tensor)) throw rankMismatch(tensor, 1, where);
  return tensor;
}

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

/** `tensor`, known to have rank 5. @throws TributaryError `invalid_graph` */
export function rank5(tensor: Tensor | undefined, where: string): Tensor5D {
  if (tensor === undefined || !isRank5(tensor)) throw rankMismatch(tensor, 5, where);
  return tensor;
}
