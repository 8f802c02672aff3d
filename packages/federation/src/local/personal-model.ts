import type { Graph } from "@tributary/nn";
import type { Parameter, ParameterSet } from "@tributary/protocol";

/** What the training of a personal model begins with. */
export interface PersonalBeginning {
  readonly model: ParameterSet;
  /** What is added to the gradient of each step. */
  readonly correction: ParameterSet;
}

/**
 * The training of Ditto's personal model v, drawn towards the global model w that came: ∇F(v) + λ·(v − w). A proximal term draws towards
 * what training begins with, v₀, so λ·(v₀ − w) is added to each gradient besides.
 * Source: Li et al. 2021, "Ditto: Fair and Robust Federated Learning Through Personalization", algorithm 1.
 *
 * @param own v₀, of the same network; undefined in the worker's first round: it is w then
 */
export function beginPersonal(
  { parameters }: Pick<Graph, "parameters">,
  global: ParameterSet,
  own: ParameterSet | undefined,
  lambda: number,
): PersonalBeginning {
  if (own === undefined) return { model: global, correction: [] };
  const towards = new Map(global.map(({ name, values }) => [name, values]));
  const trained = new Set(parameters.filter(({ trainable }) => trainable).map(({ name }) => name));
  const correction = own.flatMap(({ name, shape, values }): Parameter[] => {
    const w = towards.get(name);
    if (w === undefined || !trained.has(name)) return [];
    return [{ name, shape, values: values.map((value, index) => lambda * (value - (w[index] as number))) }];
  });
  return { model: own, correction };
}
