import * as nn from "@tributary/nn";
import { Module, ParameterSlot, type Value } from "@tributary/nn";

// The twin of test/golden/networks.py: networks that are more than a chain of layers.

const operators = { add: nn.add, sub: nn.sub, mul: nn.mul, div: nn.div };
type Operator = keyof typeof operators;
const reductions = { mean: nn.mean, sum: nn.sum, max: nn.max };
type Reduction = keyof typeof reductions;
const both = { ...operators, matmul: nn.matmul };
const recurrent = { RNN: nn.RNN, LSTM: nn.LSTM, GRU: nn.GRU };
type Recurrent = keyof typeof recurrent;

/** A computation without parameters. */
class Computation extends Module {
  constructor(private readonly compute: (a: Value, b: Value) => Value | readonly Value[]) {
    super();
  }
  forward(a: Value, b: Value) {
    return this.compute(a, b);
  }
}

class Scalar extends Module {
  fc = new nn.Linear(6, 4);
  constructor(
    private readonly op: Operator,
    private readonly number: number,
  ) {
    super();
  }
  forward(x: Value) {
    return operators[this.op](this.fc.forward(x), this.number);
  }
}

/** x and a parameter of a sample's dimensions. */
class Parameter extends Module {
  readonly other: ParameterSlot;
  constructor(
    private readonly op: Operator,
    shape: readonly number[],
  ) {
    super();
    this.other = new ParameterSlot(shape, { rule: "constant", value: 1 });
  }
  forward(x: Value) {
    return operators[this.op](x, this.other);
  }
}

class ReduceAfter extends Module {
  fc = new nn.Linear(6, 4);
  constructor(
    private readonly op: Reduction,
    private readonly dims: readonly number[],
    private readonly keepDim: boolean,
  ) {
    super();
  }
  forward(x: Value) {
    return reductions[this.op](this.fc.forward(x), this.dims, { keepDim: this.keepDim });
  }
}

const firstStep = (x: Value) => nn.flatten(nn.narrow(x, 1, 0, 1));

/** Both directions, first states made of the first step, everything given back. */
class States extends Module {
  first = new nn.Linear(3, 4);
  second = new nn.Linear(3, 4);
  readonly recurrent: nn.RNN | nn.LSTM | nn.GRU;
  constructor(kind: Recurrent) {
    super();
    this.recurrent = new recurrent[kind](3, 4, { bidirectional: true });
  }
  forward(x: Value) {
    const a = this.first.forward(firstStep(x));
    const b = this.second.forward(firstStep(x));
    if (!(this.recurrent instanceof nn.LSTM)) {
      const { output, hidden } = this.recurrent.states(x, [a, b]);
      return [output, ...hidden];
    }
    const { output, hidden, cell } = this.recurrent.states(x, [a, b, b, a]);
    return [output, ...hidden, ...cell];
  }
}

class LastStates extends Module {
  readonly recurrent: nn.RNN | nn.LSTM | nn.GRU;
  fc = new nn.Linear(4, 2);
  constructor(kind: Recurrent) {
    super();
    this.recurrent = new recurrent[kind](3, 4, { numLayers: 2 });
  }
  forward(x: Value) {
    return this.fc.forward(this.recurrent.states(x).hidden.at(-1) ?? x);
  }
}

class Residual extends Module {
  conv1 = new nn.Conv2d(3, 3, 3, { padding: 1 });
  conv2 = new nn.Conv2d(3, 3, 3, { padding: 1 });
  forward(x: Value) {
    return nn.relu(nn.add(this.conv2.forward(nn.relu(this.conv1.forward(x))), x));
  }
}

class Branches extends Module {
  one = new nn.Conv2d(2, 2, 1, { stride: 2 });
  three = new nn.Conv2d(2, 3, 3, { stride: 2, padding: 1 });
  fc = new nn.Linear(63, 3);
  forward(x: Value) {
    const joined = nn.concat([this.one.forward(x), this.three.forward(x), nn.avgPool2d(x, 2)]);
    return this.fc.forward(nn.flatten(joined));
  }
}

class Shared extends Module {
  fc = new nn.Linear(4, 4);
  forward(x: Value) {
    return this.fc.forward(nn.tanh(this.fc.forward(x)));
  }
}

class TwoByTwo extends Module {
  a = new nn.Linear(4, 3);
  b = new nn.Linear(2, 3);
  head = new nn.Linear(3, 2);
  forward(a: Value, b: Value) {
    const joined = nn.tanh(nn.add(this.a.forward(a), this.b.forward(b)));
    return [this.head.forward(joined), nn.mul(joined, this.b.forward(b))];
  }
}

/** A frozen batch norm's statistics move nevertheless. */
class Frozen extends Module {
  body = nn.freeze(nn.sequential(new nn.Conv2d(2, 3, 3), new nn.BatchNorm2d(3)));
  head = new nn.Linear(27, 2);
  forward(x: Value) {
    return this.head.forward(nn.flatten(nn.relu(this.body.forward(x))));
  }
}

class FrozenBias extends Module {
  fc1 = new nn.Linear(4, 3);
  fc2 = new nn.Linear(3, 2);
  constructor() {
    super();
    if (this.fc2.bias) this.fc2.bias.trainable = false;
  }
  forward(x: Value) {
    return this.fc2.forward(nn.tanh(this.fc1.forward(x)));
  }
}

class Reused extends Module {
  fc = new nn.Linear(4, 4);
  forward(x: Value) {
    const y = this.fc.forward(x);
    return nn.add(nn.mul(y, nn.sigmoid(y)), y);
  }
}

class Attention extends Module {
  q = new nn.Linear(6, 4);
  k = new nn.Linear(6, 4);
  v = new nn.Linear(6, 4);
  forward(x: Value) {
    const scores = nn.div(nn.matmul(this.q.forward(x), nn.permute(this.k.forward(x), [0, 2, 1])), 2);
    return nn.matmul(nn.softmax(scores, -1), this.v.forward(x));
  }
}

/** What makes each network of networks.py, of what a case says about it. */
const networks = {
  Scalar: (op: Operator, number: number) => new Scalar(op, number),
  Both: (op: keyof typeof both) => new Computation((a, b) => both[op](a, b)),
  Parameter: (op: Operator, shape: readonly number[]) => new Parameter(op, shape),
  Concat: (dim: number) => new Computation((a, b) => nn.concat([a, nn.relu(b), a], dim)),
  Split: (sizes: number | readonly number[], dim: number) => new Computation((x) => nn.split(x, sizes, dim)),
  Narrow: (dim: number, start: number, length: number) => new Computation((x) => nn.narrow(x, dim, start, length)),
  Reduce: (op: Reduction, dims: readonly number[], keepDim: boolean) =>
    new Computation((x) => reductions[op](x, dims, { keepDim })),
  ReduceAfter: (op: Reduction, dims: readonly number[], keepDim: boolean) => new ReduceAfter(op, dims, keepDim),
  States: (kind: Recurrent) => new States(kind),
  LastStates: (kind: Recurrent) => new LastStates(kind),
  Residual: () => new Residual(),
  Branches: () => new Branches(),
  Shared: () => new Shared(),
  TwoByTwo: () => new TwoByTwo(),
  Frozen: () => new Frozen(),
  FrozenBias: () => new FrozenBias(),
  Reused: () => new Reused(),
  Attention: () => new Attention(),
  LeNet5: () => new nn.LeNet5(),
  McMahanCnn: () => new nn.McMahanCnn(),
  ResnetSmall: () => new nn.ResnetSmall({ blocks: 1, width: 8 }),
  UnetSmall: () => new nn.UnetSmall({ width: 4 }),
  CharLstm: () => new nn.CharLstm({ vocabulary: 20, features: 8, hidden: 16 }),
};

/** Networks by name, whatever they take: what a case says is data. */
const factories = new Map<string, unknown>(Object.entries(networks));

/** The network of this name in networks.py. */
export function networkOf(name: string, args: readonly unknown[]): Module {
  const factory = factories.get(name);
  const made: unknown = typeof factory === "function" ? factory(...args) : undefined;
  if (!(made instanceof Module)) throw new Error(`networks.ts has no network "${name}"`);
  return made;
}

/** A chain of layers by PyTorch's names, each with what its constructor takes. */
export function chainOf(layers: readonly LayerSpec[], scale: readonly number[] | undefined): Module {
  const made = layers.map(([name, args, options]) => layerOf(name, options === undefined ? args : [...args, options]));
  return nn.sequential(...(scale === undefined ? made : [new Parameter("mul", scale), ...made]));
}

export type LayerSpec = readonly [name: string, args: readonly unknown[], options?: Readonly<Record<string, unknown>>];

const layers = new Map<string, unknown>(Object.entries(nn));

function layerOf(name: string, args: readonly unknown[]): Module {
  const Layer = layers.get(name);
  const made: unknown = typeof Layer === "function" ? Reflect.construct(Layer, args) : undefined;
  if (!(made instanceof Module)) throw new Error(`@tributary/nn has no layer "${name}"`);
  return made;
}
