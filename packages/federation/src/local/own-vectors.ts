import type { Graph } from "@tributary/nn";
import { elementCount, type Parameter, type ParameterSet, TributaryError } from "@tributary/protocol";
import type { LocalObjective } from "../strategies/objective.js";
import { nextLocalGradient } from "./local-gradient.js";
import { isLocal } from "./local-parameters.js";

/** Groups of what is kept, besides the vectors that the objective names. */
const CODEC = "codec";
const LOCAL = "local";

/** What of an assignment says what its worker keeps from one of its rounds to the next. */
export interface KeepingWork {
  readonly graph: Graph;
  /** How the update travels; undefined: as it is. */
  readonly codec?: string | undefined;
  readonly objective: {
    readonly [Term in "localParameters" | "keeps" | "gradientCorrection" | "afterTraining"]?:
      | LocalObjective[Term]
      | undefined;
  };
}

/** What a worker's part of a round is given. */
export interface Given {
  /** The global model. */
  readonly global: ParameterSet;
  /** What the worker kept with the last of its updates that counted; undefined: nothing yet. */
  readonly own: ParameterSet | undefined;
}

/** What a worker's part of a round begins with. */
export interface Beginning {
  /** What training begins with: the global model, with the worker's own parameters where they stay with it. */
  readonly model: ParameterSet;
  /** What is added to the gradient of each step; undefined: nothing. */
  readonly correction: ParameterSet | undefined;
  /** What the codec lost. */
  readonly residual: ParameterSet | undefined;
}

/** Whether a worker keeps anything from one of its rounds to the next. */
export const keepsVectors = ({ objective: { localParameters = [], keeps = [] }, codec }: KeepingWork): boolean =>
  codec !== undefined || localParameters.length > 0 || keeps.length > 0;

/** @throws TributaryError `parameters_mismatch` when what was kept is of another network */
export function beginWith(work: KeepingWork, { global, own }: Given): Beginning {
  const { localParameters = [], gradientCorrection = [] } = work.objective;
  const residual = groupOf(own, CODEC);
  const local = localParameters.length === 0 ? undefined : groupOf(own, LOCAL);
  const model = local === undefined ? global : replaced(global, byName(local));
  if (gradientCorrection.length === 0 || own === undefined) return { model, correction: undefined, residual };
  return { model, correction: correctionOf(work, own), residual };
}

/** What comes of training: what is sent, and what is kept with it. */
export interface Ending {
  readonly update: ParameterSet;
  readonly kept: ParameterSet;
}

/** @param trained what training made of the beginning */
export function endWith(work: KeepingWork, given: Given, trained: ParameterSet): Ending {
  const { localParameters = [], afterTraining } = work.objective;
  const stays = (name: string) => isLocal(localParameters, name);
  const kept = named(
    LOCAL,
    trained.filter(({ name }) => stays(name)),
  );
  if (afterTraining?.rule === "feddyn") kept.push(...nextGradients(work, afterTraining.alpha, given, trained));
  if (localParameters.length === 0) return { update: trained, kept };
  return { update: replaced(trained, byName(given.global.filter(({ name }) => stays(name)))), kept };
}

/** All that is kept with an update. @param residual what its encoding lost */
export const withResidual = (kept: ParameterSet, residual: ParameterSet | undefined): ParameterSet => [
  ...kept,
  ...named(CODEC, residual ?? []),
];

/** Σ scale · vector, of the parameters that are trained. */
function correctionOf({ graph, objective: { gradientCorrection = [] } }: KeepingWork, own: ParameterSet): Parameter[] {
  const vectors = gradientCorrection.map(({ vector, scale }) => ({
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
  { graph, objective }: KeepingWork,
  alpha: number,
  { global, own }: Given,
  trained: ParameterSet,
): Parameter[] {
  const [vector = ""] = objective.keeps ?? [];
  const [start, end, held] = [byName(global), byName(trained), byName(groupOf(own, vector) ?? [])];
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

function groupOf(set: ParameterSet | undefined, group: string): Parameter[] | undefined {
  const start = `${group}/`;
  return set?.flatMap((parameter) =>
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
