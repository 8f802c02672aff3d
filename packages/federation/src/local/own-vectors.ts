import { type Graph, isFrozen } from "@tributary/nn";
import { elementCount, type Parameter, type ParameterSet, TributaryError } from "@tributary/protocol";
import type { Encoded } from "../codecs/encode.js";
import type { LocalObjective } from "../strategies/objective.js";
import { nextControlVariate } from "./control-variate.js";
import { effectiveSteps } from "./effective-steps.js";
import { nextLocalGradient } from "./local-gradient.js";
import { isLocal } from "./local-parameters.js";
import { beginPersonal, type PersonalBeginning } from "./personal-model.js";
import { partName } from "./update-layout.js";

/** Groups of what is kept, besides the vectors that the objective names. */
const CODEC = "codec";
const WARM_START = "warm start";
const LOCAL = "local";
const PERSONAL = "personal";

/** What of an assignment says what its worker keeps from one of its rounds to the next. */
export interface KeepingWork {
  readonly graph: Graph;
  /** How the update travels; undefined: as it is. */
  readonly codec?: string | undefined;
  /** Whether what the codec loses comes back with the next update; undefined: it does. */
  readonly errorFeedback?: boolean | undefined;
  readonly objective: {
    readonly [Term in
      | "localParameters"
      | "sends"
      | "keeps"
      | "returns"
      | "gradientCorrection"
      | "afterTraining"
      | "personal"]?: LocalObjective[Term] | undefined;
  };
}

/** What a worker's part of a round is given. */
export interface Given {
  /** The global model. */
  readonly global: ParameterSet;
  /** The vectors that came along with it, "control/conv1.weight"; absent: they are all 0. */
  readonly sent?: ParameterSet | undefined;
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
  /** What the codec came to, where it goes on from that. */
  readonly warmStart: ParameterSet | undefined;
  /** What the training of the worker's own model begins with, where there is one. */
  readonly personal: PersonalBeginning | undefined;
}

/** Whether a worker keeps anything from one of its rounds to the next. */
export const keepsVectors = ({
  objective: { localParameters = [], keeps = [], personal },
  codec,
}: KeepingWork): boolean =>
  codec !== undefined || localParameters.length > 0 || keeps.length > 0 || personal !== undefined;

/** @throws TributaryError `parameters_mismatch` when what was kept is of another network */
export function beginWith(work: KeepingWork, { global, sent, own }: Given): Beginning {
  const { localParameters = [], gradientCorrection = [] } = work.objective;
  const personal = personalOf(work, global, own);
  const ofCodec = { residual: groupOf(own, CODEC), warmStart: groupOf(own, WARM_START) };
  const local = localParameters.length === 0 ? undefined : groupOf(own, LOCAL);
  const model = local === undefined ? global : replaced(global, byName(local));
  const vectors = [...(sent ?? []), ...(own ?? [])];
  if (gradientCorrection.length === 0 || vectors.length === 0)
    return { model, correction: undefined, ...ofCodec, personal };
  return { model, correction: correctionOf(work, vectors), ...ofCodec, personal };
}

/** What training made of the beginning. */
export interface TrainedParameters {
  readonly parameters: ParameterSet;
  /** Steps that the optimizer took; 0: none, and the vectors stay as they are. */
  readonly steps: number;
  /** Of each of them. */
  readonly learningRate: number;
  /** Of SGD; 0 of other optimizers. */
  readonly momentum: number;
  /** The worker's own model, where one was trained. */
  readonly personal?: ParameterSet | undefined;
}

/** What comes of training: what is sent, and what is kept with it. */
export interface Ending {
  readonly update: ParameterSet;
  /** What is sent besides, as `partsOfUpdate` has it behind the parameters. */
  readonly returned: ParameterSet;
  readonly kept: ParameterSet;
}

export function endWith(work: KeepingWork, given: Given, training: TrainedParameters): Ending {
  const { parameters: trained } = training;
  const { localParameters = [], afterTraining } = work.objective;
  const stays = (name: string) => isLocal(localParameters, name);
  const kept = named(
    LOCAL,
    trained.filter(({ name }) => stays(name)),
  );
  if (afterTraining?.rule === "feddyn") kept.push(...nextGradients(work, afterTraining.alpha, given, trained));
  const controls = afterTraining?.rule === "scaffold" ? nextControls(work, given, training) : undefined;
  if (controls !== undefined) kept.push(...controls.kept);
  kept.push(...named(PERSONAL, training.personal ?? []));
  const shared = byName(given.global.filter(({ name }) => stays(name)));
  const update = shared.size === 0 ? trained : replaced(trained, shared);
  return { update, returned: controls?.returned ?? [], kept };
}

/** All that is kept with an update, what its encoding lost and came to included. */
export const withCodecState = (
  kept: ParameterSet,
  { residual = [], warmStart = [] }: Pick<Encoded, "residual" | "warmStart">,
): ParameterSet => [...kept, ...named(CODEC, residual), ...named(WARM_START, warmStart)];

function personalOf(
  { graph, objective: { personal } }: KeepingWork,
  global: ParameterSet,
  own: ParameterSet | undefined,
): PersonalBeginning | undefined {
  if (personal === undefined) return undefined;
  const held = byName(groupOf(own, PERSONAL) ?? []);
  return beginPersonal(graph, global, held.size === 0 ? undefined : replaced(global, held), personal.lambda);
}

/** The worker's own model among what it kept; undefined: it has none. */
export function personalModelIn(kept: ParameterSet): ParameterSet | undefined {
  const model = groupOf(kept, PERSONAL);
  return model === undefined || model.length === 0 ? undefined : model;
}

/**
 * What a worker makes its own model of after the last round: the one that it kept, where the strategy has it train one; else the
 * global model with the parameters that stay at the worker.
 *
 * @throws TributaryError `parameters_mismatch` when what was kept is of another network
 */
export function personalModelAt(
  { objective: { localParameters = [], personal } }: KeepingWork,
  { global, own }: Given,
): ParameterSet {
  const group = personal !== undefined ? PERSONAL : localParameters.length > 0 ? LOCAL : undefined;
  return group === undefined ? global : replaced(global, byName(groupOf(own, group) ?? []));
}

/** Σ scale · vector, of the parameters that are trained. */
function correctionOf({ graph, objective: { gradientCorrection = [] } }: KeepingWork, all: ParameterSet): Parameter[] {
  const vectors = gradientCorrection.map(({ vector, scale }) => ({
    scale,
    values: byName(groupOf(all, vector) ?? []),
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

/**
 * SCAFFOLD's control variate of the parameters that are trained, and its change; a buffer has none. With momentum a gradient leads further
 * than one step of SGD: what is divided by is how far the steps lead, so that the variate stays a mean of gradients. Divided by their
 * number it would grow from round to round, by up to momentum / (1 − momentum).
 */
function nextControls(
  { graph, objective: { sends = [], keeps = [], returns = [] } }: KeepingWork,
  { global, sent, own }: Given,
  { parameters, steps, learningRate, momentum }: TrainedParameters,
): { readonly kept: Parameter[]; readonly returned: Parameter[] } {
  const [c, ck] = [byName(groupOf(sent, sends[0] ?? "") ?? []), byName(groupOf(own, keeps[0] ?? "") ?? [])];
  const [start, end] = [byName(global), byName(parameters)];
  const [kept, returned]: [Parameter[], Parameter[]] = [[], []];
  for (const parameter of graph.parameters) {
    if (isFrozen(parameter)) continue;
    const { name, shape, trainable } = parameter;
    const none = new Float32Array(elementCount(shape));
    const of = (set: ReadonlyMap<string, Parameter>) => set.get(name)?.values ?? none;
    const vectors = { local: of(ck), global: of(c), before: of(start), after: of(end) };
    if (Object.values(vectors).some(({ length }) => length !== none.length)) throw mismatch(name);
    const { next, change } =
      trainable && steps > 0 && learningRate > 0
        ? nextControlVariate({ ...vectors, steps: effectiveSteps(steps, momentum), learningRate })
        : { next: vectors.local, change: none };
    if (trainable) kept.push({ name, shape, values: next });
    returned.push({ name, shape, values: change });
  }
  return { kept: named(keeps[0] ?? "", kept), returned: named(returns[0] ?? "", returned) };
}

const named = (group: string, set: ParameterSet): Parameter[] =>
  set.map((parameter) => ({ ...parameter, name: partName(group, parameter.name) }));

function groupOf(set: ParameterSet | undefined, group: string): Parameter[] | undefined {
  const start = partName(group, "");
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
