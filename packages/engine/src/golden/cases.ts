import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type Graph, trace } from "@tributary/nn";
import type { LossSettings } from "../losses/loss.js";
import type { OptimizerSettings } from "../optimizers/optimizer.js";
import type { DrawnTensor } from "./draw.js";
import { chainOf, type LayerSpec, networkOf } from "./networks.js";

/** One entry of test/golden/cases: a network and what it is trained on. */
export interface GoldenCase {
  readonly name: string;
  /** A chain of layers, or else `network`: what networks.py and networks.ts call it, and what that takes. */
  readonly layers?: readonly LayerSpec[];
  readonly network?: readonly [name: string, args: readonly unknown[]];
  /** Whether a parameter for each value of a sample comes first, because the chain has none of its own. */
  readonly scale?: boolean;
  readonly inputs: readonly DrawnTensor[];
  /** Default: drawn values of the output's shape. */
  readonly target?: DrawnTensor;
  readonly loss?: LossSettings;
  readonly optimizer?: OptimizerSettings;
  /** One of the five whole networks. */
  readonly whole?: boolean;
  /** Not trained: what it does then is random. */
  readonly evaluationOnly?: boolean;
  /** Where float32 needs more than the usual tolerance, how many times as much, and why. */
  readonly tolerance?: { readonly times: number; readonly why: string };
}

/** A tensor as golden.py packs it: of a large one every so many values, and sums over all. */
export interface Packed {
  readonly shape: readonly number[];
  readonly values: readonly number[];
  readonly every?: number;
  readonly sum?: number;
  /** Sum of the absolute values. */
  readonly magnitude?: number;
  /** Root of the sum of squares. */
  readonly norm?: number;
}

/** What PyTorch computed for a case. */
export interface GoldenValues {
  readonly name: string;
  /** Shapes of parameters and buffers, in PyTorch's order. */
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  /** Outputs of the first batch while evaluating, where they are not `outputs`. */
  readonly evaluation?: readonly Packed[];
  /** Of each step. */
  readonly losses?: readonly number[];
  /** Of the first batch. */
  readonly outputs?: readonly Packed[];
  readonly gradients?: Readonly<Record<string, Packed>>;
  /** Null for indices. */
  readonly inputGradients?: readonly (Packed | null)[];
  /** Parameters and buffers after the last step. */
  readonly after?: Readonly<Record<string, Packed>>;
}

const folder = new URL("../../../../test/golden/", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder));

/** What golden.py wrote. */
export const golden: { readonly torch: string; readonly cases: readonly GoldenValues[] } = JSON.parse(
  gunzipSync(read("golden.json.gz")).toString(),
);

/** The cases in the order of golden.py. */
export const cases: readonly GoldenCase[] = readdirSync(new URL("cases/", folder))
  .sort()
  .flatMap((name): GoldenCase[] => JSON.parse(read(`cases/${name}`).toString()));

export function graphOf({ name, layers = [], network, scale = false, inputs }: GoldenCase): Graph {
  const [first = [], ...others] = inputs.map(({ shape }) => shape.slice(1));
  const module = network ? networkOf(...network) : chainOf(layers, scale ? first : undefined);
  return trace(module, others.length === 0 ? first : [first, ...others], { name });
}

/** A case that says nothing is trained by the squared distance to drawn targets. */
export function settingsOf({ loss, optimizer, scale = false }: GoldenCase): {
  readonly loss: LossSettings;
  readonly optimizer: OptimizerSettings;
} {
  if (loss) return { loss, optimizer: optimizer ?? { name: "sgd", learningRate: 0.1 } };
  if (scale) return { loss: { name: "mse", reduction: "sum" }, optimizer: { name: "sgd", learningRate: 0.01 } };
  return { loss: { name: "mse" }, optimizer: { name: "sgd", learningRate: 0.1 } };
}
