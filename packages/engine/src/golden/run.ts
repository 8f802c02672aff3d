import type { Graph } from "@tributary/nn";
import type { Parameter } from "@tributary/protocol";
import type { Backend } from "../backend/backend.js";
import { acquire, compiling, release } from "../compile/compiling.js";
import type { Dense } from "../graph/dense.js";
import { programOf } from "../graph/program.js";
import { type Output, Predictor } from "../inference/predictor.js";
import { lossOf } from "../losses/loss.js";
import { Model, type OwnLoss } from "../model/model.js";
import { ModelOptimizer } from "../model/model-optimizer.js";
import { ruleOf } from "../steps/rule.js";
import { openTraining } from "../training/open-training.js";
import { type GoldenCase, type GoldenValues, type Packed, settingsOf } from "./cases.js";
import { type Distance, distance, farther, noDistance } from "./compare.js";
import { drawParameter, drawValues } from "./draw.js";

/** A case ready to run. */
export interface Prepared {
  readonly graph: Graph;
  readonly golden: GoldenValues;
  readonly about: GoldenCase;
}

/** What is compared, by a name that tells where it went wrong. */
export type Findings = ReadonlyMap<string, Distance>;

export const worst = (findings: Findings): Distance => [...findings.values()].reduce(farther, noDistance);

const parametersOf = ({ about: { name }, graph }: Prepared): Parameter[] =>
  graph.parameters.map((parameter) => drawParameter(name, parameter.name, parameter.shape));

const inputsOf = ({ about: { name, inputs } }: Prepared, step: number): Dense[] =>
  inputs.map((spec, at) => drawValues(name, `${step}.input${at}`, spec));

const targetOf = ({ about: { name, target } }: Prepared, step: number, at: number, shape: readonly number[]) =>
  drawValues(name, `${step}.target${at}`, target ?? { shape });

/** Collects distances under the names of what was compared. */
class Comparison {
  readonly findings = new Map<string, Distance>();
  constructor(private readonly times: number) {}

  add(what: string, actual: { shape: readonly number[]; values: ArrayLike<number> } | undefined, expected: Packed) {
    const nothing = { shape: [-1], values: [] };
    this.findings.set(what, distance(actual ?? nothing, expected, this.times));
  }

  addAll(what: string, actual: readonly Parameter[], expected: Readonly<Record<string, Packed>> = {}) {
    const given = new Map(actual.map((parameter) => [parameter.name, parameter]));
    for (const name of new Set([...given.keys(), ...Object.keys(expected)])) {
      const wanted = expected[name] ?? { shape: [-2], values: [] };
      this.add(`${what} ${name}`, given.get(name), wanted);
    }
  }

  addLosses(actual: readonly number[], expected: readonly number[] = []) {
    this.add("losses", { shape: [actual.length], values: actual }, { shape: [expected.length], values: expected });
  }
}

const comparisonOf = ({ about: { tolerance } }: Prepared) => new Comparison(tolerance?.times ?? 1);

/**
 * The outputs while evaluating, op by op; for networks that do something else then, and for whole ones, also by a predictor, which
 * runs them as a whole where the backend can do that.
 */
export async function evaluates(backend: Backend, prepared: Prepared): Promise<Findings> {
  const { about, graph, golden } = prepared;
  const expected = golden.evaluation ?? golden.outputs ?? [];
  const parameters = parametersOf(prepared);
  const inputs = inputsOf(prepared, 0);
  const comparison = comparisonOf(prepared);
  using model = await Model.open(backend, graph, parameters);
  const runs: Record<string, readonly Output[]> = { model: model.forward(...inputs) };
  if (golden.evaluation || about.whole) {
    using predictor = await Predictor.open(backend, graph, parameters);
    runs.predictor = predictor.run(...inputs);
  }
  for (const [by, outputs] of Object.entries(runs))
    for (let at = 0; at < Math.max(outputs.length, expected.length); at++)
      comparison.add(`${by}'s output ${at}`, outputs[at], expected[at] ?? { shape: [-2], values: [] });
  return comparison.findings;
}

/** Outputs, gradients and what three steps make of the parameters, op by op. */
export async function trains(backend: Backend, prepared: Prepared): Promise<Findings> {
  const { graph, golden, about } = prepared;
  const settings = settingsOf(about);
  const comparison = comparisonOf(prepared);
  using model = await Model.open(backend, graph, parametersOf(prepared));
  using optimizer = new ModelOptimizer(model, settings.optimizer);
  const rule = lossOf(settings.loss);
  const losses = (golden.losses ?? []).map((_, step) => {
    const loss: OwnLoss = (tf, outputs) =>
      outputs
        .map((output, at) => {
          const { shape, values } = targetOf(prepared, step, at, output.shape);
          const target = tf.tensor(values, [...shape], values instanceof Int32Array ? "int32" : "float32");
          return rule.apply(tf, output, target);
        })
        .reduce((sum, part) => tf.add(sum, part));
    const inputs = inputsOf(prepared, step);
    // Indices have no gradient.
    const inputGradients = inputs.some(({ values }) => values instanceof Float32Array);
    const made = model.gradients(inputs, undefined, loss, { inputGradients });
    if (step === 0) {
      made.outputs.forEach((output, at) => {
        comparison.add(`output ${at}`, output, golden.outputs?.[at] ?? { shape: [-2], values: [] });
      });
      comparison.addAll("gradient of", made.gradients, golden.gradients);
      golden.inputGradients?.forEach((expected, at) => {
        if (expected !== null) comparison.add(`gradient of input ${at}`, made.inputGradients[at], expected);
      });
    }
    optimizer.step(made.gradients);
    return made.loss;
  });
  comparison.addLosses(losses, golden.losses);
  comparison.addAll("after three steps", model.parameters(), golden.after);
  return comparison.findings;
}

/** Whether the step that `train` takes can be compared: it has one input, one output, and something to train. */
export const hasStep = ({ graph, about: { evaluationOnly = false } }: Prepared): boolean =>
  !evaluationOnly &&
  graph.inputs.length === 1 &&
  graph.outputs.length === 1 &&
  graph.parameters.some(({ trainable }) => trainable);

/** What `steps` steps by `openTraining` make of the parameters: recorded and replayed where the backend can do that. */
export async function stepped(backend: Backend, prepared: Prepared, steps: number) {
  const { graph, about } = prepared;
  const settings = settingsOf(about);
  const training = await openTraining(backend, graph, parametersOf(prepared), {
    ...settings,
    seed: 0,
    streamName: [],
  });
  try {
    const losses = Array.from({ length: steps }, (_, step) => {
      const [input] = inputsOf(prepared, step);
      if (input === undefined) throw new Error(`${graph.name} has no input`);
      return training.run(input, targetFor(prepared, step, input), settings.optimizer.learningRate).loss;
    });
    return { losses, parameters: training.parameters() };
  } finally {
    training.dispose();
  }
}

/** The same by `Model` and `ModelOptimizer`, op by op. */
export async function steppedByHand(backend: Backend, prepared: Prepared, steps: number) {
  const settings = settingsOf(prepared.about);
  using model = await Model.open(backend, prepared.graph, parametersOf(prepared));
  using optimizer = new ModelOptimizer(model, settings.optimizer);
  const losses = Array.from({ length: steps }, (_, step) => {
    const inputs = inputsOf(prepared, step);
    const [input] = inputs;
    if (input === undefined) throw new Error(`${prepared.graph.name} has no input`);
    const { loss, gradients } = model.gradients(inputs, targetFor(prepared, step, input), settings.loss);
    optimizer.step(gradients);
    return loss;
  });
  return { losses, parameters: model.parameters() };
}

/** What three steps by `openTraining` make of the parameters, compared. */
export async function trainsInSteps(backend: Backend, prepared: Prepared): Promise<Findings> {
  const { golden } = prepared;
  const comparison = comparisonOf(prepared);
  const { losses, parameters } = await stepped(backend, prepared, golden.losses?.length ?? 0);
  comparison.addLosses(losses, golden.losses);
  comparison.addAll("after three steps", parameters, golden.after);
  return comparison.findings;
}

/** The target of an only output. */
function targetFor(prepared: Prepared, step: number, { shape: [batch = 0] }: Dense): Dense {
  const { graph } = prepared;
  const values = [...graph.inputs, ...graph.nodes];
  const [, ...sizes] = values.find(({ name }) => name === graph.outputs[0])?.shape ?? [];
  return targetOf(prepared, step, 0, [batch, ...sizes]);
}

/**
 * Whether `stepped` was run as a whole; undefined on a backend that never does. A program that was recorded is kept for the next who
 * wants the same.
 */
export function wasRecorded(backend: Backend, { graph, about }: Prepared): boolean | undefined {
  const native = compiling(backend);
  if (native === undefined) return undefined;
  const rule = ruleOf(backend.tf, settingsOf(about));
  const key = `train ${rule.key} ${JSON.stringify(graph)}`;
  const program = acquire(backend, native, programOf(graph), { kind: "train", rule }, key);
  try {
    return program.isRecorded;
  } finally {
    release(backend, key, program);
  }
}
