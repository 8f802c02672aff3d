import { TributaryError } from "@tributary/protocol";
import type { Attribute } from "../graph/graph.js";
import { Module, ParameterSlot } from "../module/module.js";
import type { Value } from "../module/value.js";
import { uniformByFanIn } from "./initialisation.js";

export interface RecurrentOptions {
  /** Layers, each over the output of the one before. Default 1. */
  readonly numLayers?: number;
  /** Default true. */
  readonly bias?: boolean;
  /** Whether each layer runs in both directions, their outputs side by side. Default false. */
  readonly bidirectional?: boolean;
  /** Probability of dropout on the output of each layer but the last. Default 0. */
  readonly dropout?: number;
}

/** One layer in one direction, and the names that PyTorch gives to what it holds. */
interface Direction {
  readonly suffix: string;
  readonly reverse: boolean;
  readonly roles: Readonly<Record<string, ParameterSlot>>;
}

/**
 * What RNN, LSTM and GRU share: `[batch, steps, in]` to `[batch, steps, hidden]`, twice as many features in both directions.
 * PyTorch's `batch_first=True`. Parameters `weight_ih_l0` [gates · hidden, in], `weight_hh_l0` [gates · hidden, hidden], `bias_ih_l0`,
 * `bias_hh_l0` [gates · hidden], for each layer, and with `_reverse` for the other direction; all uniform on ± 1 / √hidden.
 */
abstract class Recurrent extends Module {
  readonly #layers: readonly (readonly Direction[])[];
  readonly #dropout: number;

  constructor(
    private readonly op: "rnn" | "lstm" | "gru",
    gates: number,
    inputSize: number,
    hiddenSize: number,
    options: RecurrentOptions,
    private readonly attributes: Readonly<Record<string, Attribute>> = {},
  ) {
    super();
    const { numLayers = 1, bias = true, bidirectional = false, dropout = 0 } = options;
    if (!Number.isInteger(numLayers) || numLayers < 1)
      throw new TributaryError("shape_mismatch", `numLayers: expected a whole number from 1 on, got ${numLayers}`);
    this.#dropout = dropout;
    const directions = bidirectional ? ["", "_reverse"] : [""];
    this.#layers = Array.from({ length: numLayers }, (_, layer) =>
      directions.map((direction): Direction => {
        const inside = layer === 0 ? inputSize : hiddenSize * directions.length;
        const rows = gates * hiddenSize;
        const suffix = `l${layer}${direction}`;
        const shapes = {
          weight_ih: [rows, inside],
          weight_hh: [rows, hiddenSize],
          ...(bias && { bias_ih: [rows], bias_hh: [rows] }),
        };
        const roles: Record<string, ParameterSlot> = {};
        for (const [role, shape] of Object.entries(shapes)) {
          roles[role] = new ParameterSlot(shape, uniformByFanIn(hiddenSize));
          Object.defineProperty(this, `${role}_${suffix}`, { value: roles[role], enumerable: true });
        }
        return { suffix, reverse: direction !== "", roles };
      }),
    );
  }

  /** The output of the last layer at every step. @throws TributaryError `shape_mismatch` */
  forward(x: Value): Value {
    return this.run(x).output;
  }

  /**
   * @param states the first hidden states (of an LSTM: hidden, cell, hidden, cell, …), layer by layer, in each layer forwards then
   *   backwards, each `[batch, hidden]`. Default: zeros
   * @returns the output of the last layer at every step, and what each layer and direction began its states with and applied to
   */
  protected run(x: Value, states: readonly Value[] = []) {
    const perDirection = this.op === "lstm" ? 2 : 1;
    const wanted = this.#layers.flat().length * perDirection;
    if (states.length !== 0 && states.length !== wanted)
      throw new TributaryError(
        "shape_mismatch",
        `${this.constructor.name}: expected ${wanted} states, got ${states.length}`,
      );
    let at = 0;
    let value = x;
    const steps: RecurrentStep[] = [];
    for (const [layer, directions] of this.#layers.entries()) {
      const input = layer > 0 && this.#dropout > 0 ? this.#drop(value, layer) : value;
      const outputs = directions.map((direction) => {
        const own = states.slice(at, at + perDirection);
        at += perDirection;
        const apply = (attributes: Readonly<Record<string, Attribute>>, part = direction.suffix) =>
          input.apply(this.op, {
            layer: this,
            part,
            others: own,
            parameters: direction.roles,
            attributes: { ...this.attributes, reverse: direction.reverse, ...attributes },
          });
        const output = apply({});
        steps.push({ output, reverse: direction.reverse, apply, suffix: direction.suffix });
        return output;
      });
      value = this.#joined(outputs, layer);
    }
    return { output: value, steps };
  }

  /** The hidden states at the last step (backwards: the first), `[batch, hidden]`, in the order of `states`. */
  protected lastHidden(steps: readonly RecurrentStep[]): Value[] {
    return steps.map(({ output, reverse, suffix }) => {
      const [, length = 0, hidden = 0] = output.shape;
      const start = reverse ? 0 : length - 1;
      const last = output.apply("narrow", {
        layer: this,
        part: `${suffix}_last`,
        attributes: { dim: 1, start, length: 1 },
      });
      return last.apply("reshape", { layer: this, part: `${suffix}_hidden`, attributes: { shape: [hidden] } });
    });
  }

  #joined(outputs: readonly Value[], layer: number): Value {
    const [first, ...others] = outputs;
    if (first === undefined) throw new TributaryError("internal", "a recurrent layer without a direction");
    if (others.length === 0) return first;
    return first.apply("concat", { layer: this, part: `l${layer}_both`, others, attributes: { dim: 2 } });
  }

  #drop(x: Value, layer: number): Value {
    return x.apply("dropout", { layer: this, part: `l${layer}_dropout`, attributes: { p: this.#dropout } });
  }
}

interface RecurrentStep {
  readonly output: Value;
  readonly reverse: boolean;
  readonly suffix: string;
  readonly apply: (attributes: Readonly<Record<string, Attribute>>, part?: string) => Value;
}

/** What a recurrent layer ends with. */
export interface RecurrentResult {
  /** `[batch, steps, hidden]`, twice as many features in both directions. */
  readonly output: Value;
  /** Of each layer and direction at its last step, `[batch, hidden]`. */
  readonly hidden: readonly Value[];
}

/** hₜ = tanh(W_ih xₜ + b_ih + W_hh hₜ₋₁ + b_hh). Source: PyTorch's `nn.RNN`, `batch_first=True`. */
export class RNN extends Recurrent {
  /** @param options `nonlinearity`: default "tanh" @throws TributaryError `shape_mismatch` */
  constructor(
    inputSize: number,
    hiddenSize: number,
    options: RecurrentOptions & { readonly nonlinearity?: "tanh" | "relu" } = {},
  ) {
    super("rnn", 1, inputSize, hiddenSize, options, { nonlinearity: options.nonlinearity ?? "tanh" });
  }

  /** @param states first hidden states, `[batch, hidden]` each; default zeros */
  states(x: Value, states: readonly Value[] = []): RecurrentResult {
    const { output, steps } = this.run(x, states);
    return { output, hidden: this.lastHidden(steps) };
  }
}

/** Source: Cho et al. 2014; PyTorch's `nn.GRU`, `batch_first=True`. */
export class GRU extends Recurrent {
  /** @throws TributaryError `shape_mismatch` */
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super("gru", 3, inputSize, hiddenSize, options);
  }

  /** @param states first hidden states, `[batch, hidden]` each; default zeros */
  states(x: Value, states: readonly Value[] = []): RecurrentResult {
    const { output, steps } = this.run(x, states);
    return { output, hidden: this.lastHidden(steps) };
  }
}

/** Source: Hochreiter and Schmidhuber 1997; PyTorch's `nn.LSTM`, `batch_first=True`. */
export class LSTM extends Recurrent {
  /** @throws TributaryError `shape_mismatch` */
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super("lstm", 4, inputSize, hiddenSize, options, { returns: "sequence" });
  }

  /** @param states first hidden and cell states in turn, `[batch, hidden]` each; default zeros */
  states(x: Value, states: readonly Value[] = []): RecurrentResult & { readonly cell: readonly Value[] } {
    const { output, steps } = this.run(x, states);
    const cell = steps.map(({ apply, suffix }) => apply({ returns: "cell" }, `${suffix}_cell`));
    return { output, hidden: this.lastHidden(steps), cell };
  }
}
