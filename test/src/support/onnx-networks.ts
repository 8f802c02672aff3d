import * as nn from "@tributary/nn";
import { Module, ParameterSlot, type Value } from "@tributary/nn";

/** A network of one computation, and the shape of a sample. */
export type Case = readonly [title: string, module: Module, input: readonly number[]];

class Computation extends Module {
  constructor(private readonly compute: (x: Value, learned: Value | undefined) => Value | readonly Value[]) {
    super();
  }
  forward(x: Value): Value | readonly Value[] {
    return this.compute(x, undefined);
  }
}

const of = (compute: (x: Value) => Value | readonly Value[]): Module => new Computation(compute);

/** x with a parameter of a sample's dimensions. */
class WithParameter extends Module {
  readonly other: ParameterSlot;
  constructor(
    private readonly compute: (x: Value, other: ParameterSlot) => Value,
    shape: readonly number[],
  ) {
    super();
    this.other = new ParameterSlot(shape, { rule: "normal", deviation: 1 });
  }
  forward(x: Value): Value {
    return this.compute(x, this.other);
  }
}

/** A recurrent layer with its first states made from the input, which gives back everything that it can. */
class WithStates extends Module {
  first = new nn.Linear(4, 6);
  second = new nn.Linear(4, 6);
  constructor(private readonly layer: nn.RNN | nn.LSTM | nn.GRU) {
    super();
  }
  forward(x: Value): Value[] {
    const step = nn.reshape(nn.narrow(x, 1, 0, 1), [4]);
    const hidden = this.first.forward(step);
    if (!(this.layer instanceof nn.LSTM)) {
      const { output, hidden: last } = this.layer.states(x, [hidden, hidden]);
      return [output, ...last];
    }
    const cell = this.second.forward(step);
    const { output, hidden: last, cell: cells } = this.layer.states(x, [hidden, cell, cell, hidden]);
    return [output, ...last, ...cells];
  }
}

const both = { bidirectional: true } as const;
const image = [4, 9, 8];

/** Every op of the catalogue, and of each what is easy to get wrong. */
export const cases: readonly Case[] = [
  ["relu", new nn.ReLU(), image],
  ["leaky relu", new nn.LeakyReLU(0.2), [5]],
  ["elu", new nn.ELU(0.7), [5]],
  ["selu", new nn.SELU(), [5]],
  ["gelu", new nn.GELU(), image],
  ["gelu by tanh", new nn.GELU({ approximate: "tanh" }), image],
  ["silu", new nn.SiLU(), [5]],
  ["sigmoid", new nn.Sigmoid(), [5]],
  ["tanh", new nn.Tanh(), [5]],
  ["hardtanh", new nn.Hardtanh(-0.5, 0.8), image],
  ["softplus", new nn.Softplus(), [50]],
  ["softplus with a low threshold", new nn.Softplus(2, 0.5), [50]],
  ["prelu of one slope", new nn.PReLU(), image],
  ["prelu by channel, images", new nn.PReLU(4), image],
  ["prelu by channel, features", new nn.PReLU(5), [5]],
  ["softmax", new nn.Softmax(1), [5]],
  ["softmax over channels", new nn.Softmax(1), image],
  ["log softmax along the rows", new nn.LogSoftmax(3), image],
  ["add a scalar, subtract, multiply, divide", of((x) => nn.div(nn.mul(nn.sub(nn.add(x, 1.5), 0.25), 3), 7)), [5]],
  ["operands of other sizes", of((x) => nn.mul(x, nn.mean(x, [2, 3], { keepDim: true }))), image],
  ["a parameter as operand", new WithParameter(nn.add, [4, 1, 8]), image],
  ["division by a parameter", new WithParameter(nn.div, [5]), [5]],
  ["matmul", of((x) => nn.matmul(x, nn.permute(x, [0, 2, 1]))), [3, 5]],
  ["matmul of images", of((x) => nn.matmul(nn.permute(x, [0, 1, 3, 2]), x)), image],
  ["conv1d", new nn.Conv1d(4, 6, 3, { stride: 2, padding: 2, dilation: 2, groups: 2 }), [4, 11]],
  ["conv2d", new nn.Conv2d(4, 6, [3, 2], { stride: [2, 1], padding: [1, 0], dilation: [1, 2], groups: 2 }), image],
  ["conv2d that keeps the size with an even kernel", new nn.Conv2d(4, 3, [4, 3], { padding: "same" }), image],
  ["conv2d, depthwise, no bias", new nn.Conv2d(4, 8, 3, { groups: 4, bias: false }), image],
  ["conv3d", new nn.Conv3d(2, 4, 2, { stride: [1, 2, 1], padding: [0, 1, 1], groups: 2 }), [2, 4, 5, 6]],
  [
    "transposed convolution",
    new nn.ConvTranspose2d(4, 6, 3, { stride: [2, 3], padding: [1, 0], outputPadding: [1, 2], groups: 2 }),
    image,
  ],
  ["transposed convolution, dilated", new nn.ConvTranspose2d(4, 2, [2, 3], { dilation: 2, bias: false }), image],
  [
    "transposed convolution, output padding over the stride",
    new nn.ConvTranspose2d(4, 2, 3, { padding: [1, 3], dilation: 3, outputPadding: 2 }),
    image,
  ],
  ["dropout", nn.sequential(new nn.Dropout(0.5), new nn.Dropout2d(0.3)), image],
  ["embedding", new nn.Embedding(7, 3), [6]],
  ["concat", of((x) => nn.concat([x, nn.relu(x), x], 2)), image],
  ["narrow and split", of((x) => nn.split(nn.narrow(x, 1, 1, 3), [2, 6], 3)), image],
  ["linear", new nn.Linear(5, 3), [5]],
  ["linear over the last dimension", new nn.Linear(8, 3), image],
  [
    "linear without bias",
    nn.sequential(new nn.Linear(8, 5, { bias: false }), new nn.Flatten(), new nn.Linear(180, 2)),
    image,
  ],
  ["batch norm, features", new nn.BatchNorm1d(5), [5]],
  ["batch norm, sequences", new nn.BatchNorm1d(4), [4, 7]],
  ["batch norm, images", new nn.BatchNorm2d(4, { eps: 0.01 }), image],
  ["batch norm, volumes, not affine", new nn.BatchNorm3d(4, { affine: false }), [4, 2, 3, 4]],
  ["layer norm", new nn.LayerNorm(8), image],
  ["layer norm over images, not affine", new nn.LayerNorm(image, { affine: false }), image],
  ["group norm", new nn.GroupNorm(2, 4), image],
  ["group norm, features", new nn.GroupNorm(2, 6), [6]],
  ["group norm, not affine", new nn.GroupNorm(4, 4, { affine: false }), [4, 6]],
  ["instance norm, sequences", new nn.InstanceNorm1d(4, { affine: true }), [4, 7]],
  ["instance norm, images", new nn.InstanceNorm2d(4), image],
  ["instance norm, volumes", new nn.InstanceNorm3d(4, { affine: true }), [4, 2, 3, 4]],
  ["max pool 1d", new nn.MaxPool1d(3, { stride: 2, padding: 1 }), [4, 9]],
  ["max pool 2d", new nn.MaxPool2d([3, 2], { stride: [2, 1], padding: [1, 1] }), image],
  ["max pool 3d", new nn.MaxPool3d(2), [2, 4, 5, 6]],
  ["average pool 1d", new nn.AvgPool1d(3, { stride: 2, padding: 1 }), [4, 9]],
  ["average pool 2d", new nn.AvgPool2d(3, { stride: 2, padding: 1 }), image],
  ["average pool 3d", new nn.AvgPool3d(2, { padding: 1 }), [2, 4, 5, 6]],
  ["adaptive pool 1d", new nn.AdaptiveAvgPool1d(4), [4, 9]],
  ["adaptive pool 2d to one", new nn.AdaptiveAvgPool2d(1), image],
  ["adaptive pool 2d that divides", new nn.AdaptiveAvgPool2d([3, 4]), image],
  ["adaptive pool 2d that does not divide", new nn.AdaptiveAvgPool2d([4, 5]), image],
  ["adaptive pool 2d to more", new nn.AdaptiveAvgPool2d([11, 8]), image],
  ["adaptive pool 3d", new nn.AdaptiveAvgPool3d([2, 3, 4]), [2, 4, 5, 6]],
  ["rnn", new nn.RNN(4, 6), [5, 4]],
  ["rnn with relu, both directions", new nn.RNN(4, 6, { nonlinearity: "relu", ...both }), [5, 4]],
  ["lstm of two layers, both directions", new nn.LSTM(4, 6, { numLayers: 2, dropout: 0.5, ...both }), [5, 4]],
  ["lstm without biases", new nn.LSTM(4, 6, { bias: false }), [5, 4]],
  ["gru of two layers", new nn.GRU(4, 6, { numLayers: 2 }), [5, 4]],
  ["rnn with states", new WithStates(new nn.RNN(4, 6, both)), [5, 4]],
  ["lstm with states", new WithStates(new nn.LSTM(4, 6, both)), [5, 4]],
  ["gru with states", new WithStates(new nn.GRU(4, 6, both)), [5, 4]],
  ["mean", of((x) => [nn.mean(x, 1), nn.mean(x, [2, 3])]), image],
  ["sum", of((x) => nn.sum(x, [1, 3], { keepDim: true })), image],
  ["max", of((x) => nn.max(x, -1)), image],
  ["flatten", new nn.Flatten(), image],
  ["flatten from the second dimension on", new nn.Flatten(2), image],
  ["reshape", new nn.Reshape([8, -1]), image],
  ["permute", new nn.Permute([0, 3, 1, 2]), image],
  ["pad", new nn.Pad([1, 2, 0, 3], -0.5), image],
  ["upsample, nearest", new nn.Upsample({ size: [13, 16] }), image],
  ["upsample, nearest, to less", new nn.Upsample({ size: [4, 2] }), [1, 9, 14]],
  ["upsample, nearest, to a multiple", new nn.Upsample({ scaleFactor: [2, 3] }), image],
  ["upsample, smaller", new nn.Upsample({ size: [4, 5], mode: "bilinear" }), image],
  ["upsample, bilinear", new nn.Upsample({ scaleFactor: 2, mode: "bilinear" }), image],
  ["upsample, corners kept", new nn.Upsample({ size: [20, 3], mode: "bilinear", alignCorners: true }), image],
  ["upsample to one", new nn.Upsample({ size: [1, 1], mode: "bilinear" }), image],
  ["upsample, sequences", new nn.Upsample({ size: 7, mode: "linear" }), [4, 5]],
  ["upsample, volumes", new nn.Upsample({ size: [5, 3, 9], mode: "trilinear" }), [2, 3, 4, 5]],
  ["upsample, volumes, nearest", new nn.Upsample({ scaleFactor: 2 }), [2, 3, 4, 5]],
  [
    "an input that is returned, and a value twice",
    of((x) => {
      const y = nn.relu(x);
      return [x, y, y];
    }),
    [5],
  ],
];
