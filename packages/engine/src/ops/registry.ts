import { TributaryError } from "@tributary/protocol";
import * as activation from "./activation.js";
import * as arithmetic from "./arithmetic.js";
import * as convolution from "./convolution.js";
import { dropout, dropout2d } from "./dropout.js";
import { embedding } from "./embedding.js";
import { concat, narrow } from "./join.js";
import { linear } from "./linear.js";
import * as normalisation from "./normalisation.js";
import type { Op } from "./op.js";
import * as pooling from "./pooling.js";
import * as recurrent from "./recurrent.js";
import * as reduction from "./reduction.js";
import * as reshaping from "./reshape.js";

/** Every op that the engine runs, by its name in the catalogue of `@tributary/nn`. */
export const ops: ReadonlyMap<string, Op> = new Map([
  ["adaptive_avg_pool1d", pooling.adaptiveAvgPool],
  ["adaptive_avg_pool2d", pooling.adaptiveAvgPool],
  ["adaptive_avg_pool3d", pooling.adaptiveAvgPool],
  ["add", arithmetic.add],
  ["avg_pool1d", pooling.avgPool],
  ["avg_pool2d", pooling.avgPool],
  ["avg_pool3d", pooling.avgPool3d],
  ["batch_norm", normalisation.batchNorm],
  ["concat", concat],
  ["conv1d", convolution.conv1d],
  ["conv2d", convolution.conv2d],
  ["conv3d", convolution.conv3d],
  ["conv_transpose2d", convolution.convTranspose2d],
  ["div", arithmetic.div],
  ["dropout", dropout],
  ["dropout2d", dropout2d],
  ["elu", activation.elu],
  ["embedding", embedding],
  ["flatten", reshaping.flatten],
  ["gelu", activation.gelu],
  ["group_norm", normalisation.groupNorm],
  ["gru", recurrent.gru],
  ["hardtanh", activation.hardtanh],
  ["instance_norm", normalisation.instanceNorm],
  ["layer_norm", normalisation.layerNorm],
  ["leaky_relu", activation.leakyRelu],
  ["linear", linear],
  ["log_softmax", activation.logSoftmax],
  ["lstm", recurrent.lstm],
  ["matmul", arithmetic.matmul],
  ["max", reduction.max],
  ["max_pool1d", pooling.maxPool],
  ["max_pool2d", pooling.maxPool],
  ["max_pool3d", pooling.maxPool3d],
  ["mean", reduction.mean],
  ["mul", arithmetic.mul],
  ["narrow", narrow],
  ["pad", reshaping.pad],
  ["permute", reshaping.permute],
  ["prelu", activation.prelu],
  ["relu", activation.relu],
  ["reshape", reshaping.reshape],
  ["rnn", recurrent.rnn],
  ["selu", activation.selu],
  ["sigmoid", activation.sigmoid],
  ["silu", activation.silu],
  ["softmax", activation.softmax],
  ["softplus", activation.softplus],
  ["sub", arithmetic.sub],
  ["sum", reduction.sum],
  ["tanh", activation.tanh],
  ["upsample", reshaping.upsample],
]);

const own = new Map<string, Op>();

/**
 * Says how an operator of one's own runs, which `registerOp` of `@tributary/nn` named. Where `apply` is made of TensorFlow.js' ops
 * its gradient follows from them; another one is given by `differentiable` inside it.
 *
 * @throws TributaryError `invalid_request` when the name is taken
 */
export function registerEngineOp(name: string, op: Op): void {
  if (ops.has(name) || own.has(name))
    throw new TributaryError("invalid_request", `there is an operator "${name.slice(0, 60)}" already`);
  own.set(name, op);
}

/** How an op runs; undefined when nothing here runs it. */
export const engineOp = (name: string): Op | undefined => ops.get(name) ?? own.get(name);

/** Names of the ops that the engine can train in this process: the catalogue, and own operators. */
export const trainableOps = (): readonly string[] => [...ops.keys(), ...own.keys()];
