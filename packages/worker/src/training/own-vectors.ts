import { isLocal, nextLocalGradient } from "@tributary/federation";
import {
  decodeParameters,
  elementCount,
  encodeParameters,
  type Parameter,
  type ParameterSet,
  TributaryError,
} from "@tributary/protocol";
import type { TrainingWork } from "../work.js";

/** Groups of what is kept, besides the vectors that the objective names. */
const CODEC = "codec";
const LOCAL = "local";

/** What a worker's part of a round begins with, given what it kept since the last of its updates that counted. */
export interface Beginning {
  /** What training begins with, encoded: the global model, with the worker's own parameters where they stay with it. */
  readonly model: Uint8Array;
  /** What is added to the gradient of each step, encoded; undefined: nothing. */
  readonly correction: Uint8Array | undefined;
  /** What the codec lost. */
  readonly residual: ParameterSet | undefined;
}

/** Whether a worker keeps anything from one of its rounds to the next. */
export const keepsVectors = ({ objective, codec }: TrainingWork): boolean =>
  codec !== undefined || objective.localParameters.length > 0 || objective.keeps.length > 0;

/** @param own undefined: the worker has kept nothing yet @throws TributaryError `file_invalid`, `invalid_message` */
export function beginWith(work: TrainingWork, global: Uint8Array, own: ParameterSet | undefined): Beginning {
  const { localParameters, gradientCorrection } = work.objective;
  const residual = groupOf(own, CODEC);
  const local = localParameters.length === 0 ? undefined : groupOf(own, LOCAL);
  const model = local === undefined ? global : encodeParameters(replaced(decodeParameters(global), byName(local)));
  if (gradientCorrection.length === 0 || own === undefined) return { model, correction: undefined, residual };
  return { model, correction: encodeParameters(correctionOf(work, own)), residual };
}

/** What comes of training: what is sent, and what is kept with it. */
export interface Ending {
  readonly update: Uint8Array;
  readonly kept: ParameterSet;
}

/**
 * @param global the model as it came @param trained what training made of the beginning, encoded
 * @param own what was kept before
 */
export function endWith(
  work: TrainingWork,
  global: Uint8Array,
  trained: Uint8Array,
  own: ParameterSet | undefined,
): Ending {
  const { localParameters, afterTraining } = work.objective;
  if (localParameters.length === 0 && afterTraining === undefined) return { update: trained, kept: [] };
  const [before, after] = [decodeParameters(global), decodeParameters(trained)];
  const stays = (name: string) => isLocal(localParameters, name);
  const kept = named(
    LOCAL,
    after.filter(({ name }) => stays(name)),
  );
  if (afterTraining !== undefined) kept.push(...nextGradients(work, afterTraining.alpha, before, after, own));
  if (localParameters.length === 0) return { update: trained, kept };
  const shared = byName(before.filter(({ name }) => stays(name)));
  return { update: encodeParameters(replaced(after, shared)), kept };
}

/** All that is kept with an update. */
export const withResidual = (kept: ParameterSet, residual: ParameterSet | undefined): ParameterSet => [
  ...kept,
  ...named(CODEC, residual ?? []),
];

/** Σ scale · vector, of the parameters that are trained. */
function correctionOf({ graph, objective }: TrainingWork, own: ParameterSet): Parameter[] {
  const vectors = objective.gradientCorrection.map(({ vector, scale }) => ({
    scale,
    values: byName(groupOf(own, vector) ?? []),
  }));
  return graph.parameters
    .filter(({ trainable }) => trainable)
    .map(({ name, shape }) => {
      const sum = new Float32Array(elementCount(shape));
      for (const { scale, values } of vectors) {
        const part = values.get(name);
        if (part === undefined) continue;
        if (part.values.length !== sum.length) throw mismatch(name);
        for (let index = 0; index < sum.length; index++)
          sum[index] = (sum[index] as number) + scale * (part.values[index] as number);
      }
      return { name, shape, values: sum };
    });
}

/** FedDyn's gradient of the local loss, of the parameters that are trained. */
function nextGradients(
  { graph, objective }: TrainingWork,
  alpha: number,
  before: ParameterSet,
  after: ParameterSet,
  own: ParameterSet | undefined,
): Parameter[] {
  const [vector = ""] = objective.keeps;
  const [start, end, held] = [byName(before), byName(after), byName(groupOf(own, vector) ?? [])];
  return named(
    vector,
    graph.parameters.flatMap(({ name, shape, trainable }) => {
      const [from, to] = [start.get(name), end.get(name)];
      if (!trainable || from === undefined || to === undefined) return [];
      const local = held.get(name)?.values ?? new Float32Array(from.values.length);
      return [{ name, shape, values: nextLocalGradient({ local, before: from.values, after: to.values, alpha }) }];
    }),
  );
}

const named = (group: string, set: ParameterSet): Parameter[] =>
  set.map((parameter) => ({ ...parameter, name: `${group}/${parameter.name}` }));

function groupOf(own: ParameterSet | undefined, group: string): Parameter[] | undefined {
  const start = `${group}/`;
  return own?.flatMap((parameter) =>
    parameter.name.startsWith(start) ? [{ ...parameter, name: parameter.name.slice(start.length) }] : [],
  );
}

const byName = (set: ParameterSet) => new Map(set.map((parameter) => [parameter.name, parameter]));

function replaced(set: ParameterSet, by: ReadonlyMap<string, Parameter>): Parameter[] {
  return set.map((parameter) => {
    const other = by.get(parameter.name);
    if (other === undefined) return parameter;
    if (other.values.length !== parameter.values.length) throw mismatch(parameter.name);
    return { ...parameter, values: other.values };
  });
}

const mismatch = (name: string) =>
  new TributaryError("parameters_mismatch", `what the worker kept of ${name} is of another network`);
