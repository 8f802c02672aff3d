import type { Graph } from "@tributary/nn";
import type { ParameterSet } from "@tributary/protocol";
import type { Program } from "../graph/program.js";
import { CORRECTION, type ObjectiveRule, START } from "../steps/objective.js";
import { slotName } from "../steps/one-step.js";
import type { GraphBuilder } from "./graph-builder.js";

/** The variables of a session, and the nodes that move their values in and out. */
export interface Variables {
  /** Handle, by parameter or slot. */
  readonly handles: ReadonlyMap<string, string>;
  /** Shape in the engine's layout, by parameter or slot. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

export const SET_DONE = "set/done";
export const RESET_DONE = "reset/done";
export const CORRECT_DONE = "correct/done";
export const RESTORE_DONE = "restore/done";
/** Placeholder for a parameter in PyTorch's layout. */
export const setName = (index: number): string => `set/${index}`;
/** Placeholder for the correction of a trained parameter, in PyTorch's layout. */
export const correctName = (index: number): string => `correct/${index}`;
/** A parameter in PyTorch's layout. */
export const getName = (index: number): string => `get/${index}`;
/** Placeholder for a variable in the engine's layout. */
export const restoreName = (index: number): string => `restore/${index}`;
/** A variable in the engine's layout. */
export const saveName = (index: number): string => `save/${index}`;

/** By parameter, the node that holds it in the engine's layout, and its shape there. */
export type Constants = ReadonlyMap<string, { readonly node: string; readonly shape: readonly number[] }>;

/** Puts parameters that never change into the graph: libtensorflow prepares them once. */
export const addConstants = (graph: GraphBuilder, program: Program, parameters: ParameterSet): Constants =>
  new Map(
    parameters.map((parameter) => {
      const { name, shape, values } = parameter;
      const given = graph.constant(values, shape, "float32");
      const axes = program.axes.get(name);
      const node = axes === undefined ? given : graph.transpose(given, axes);
      return [name, { node, shape: heldShape(program, parameter) }];
    }),
  );

/** Shapes of the parameters as the engine holds them. */
const heldShape = (
  program: Program,
  { name, shape }: Pick<Graph["parameters"][number], "name" | "shape">,
): readonly number[] => program.axes.get(name)?.map((axis) => shape[axis] ?? 0) ?? shape;

/**
 * Puts a variable into the graph for each parameter and each slot of the optimizer, with nodes to set and get the
 * parameters in PyTorch's layout, to set the slots to what they begin with, and to save and restore all as they are. An
 * objective has variables of its own: its start is set with the parameters, its correction for itself.
 */
export function addVariables(
  graph: GraphBuilder,
  program: Program,
  slots: Readonly<Record<string, number>>,
  objective?: ObjectiveRule,
): Variables {
  const handles = new Map<string, string>();
  const shapes = new Map<string, readonly number[]>();
  const declare = (name: string, shape: readonly number[]) => {
    const handle = graph.variable(`variable/${handles.size}`, shape);
    handles.set(name, handle);
    shapes.set(name, shape);
    return handle;
  };
  const sets: string[] = [];
  const resets: string[] = [];
  const corrects: string[] = [];
  for (const [index, parameter] of program.graph.parameters.entries()) {
    const { name, shape } = parameter;
    const axes = program.axes.get(name);
    const handle = declare(name, heldShape(program, parameter));
    const given = graph.placeholder(setName(index), "float32", shape);
    const inLayout = (value: string) => (axes === undefined ? value : graph.transpose(value, axes));
    const value = inLayout(given);
    sets.push(graph.assign(handle, value));
    const held = graph.read(handle);
    if (axes === undefined) graph.identity(held, getName(index));
    else graph.transpose(held, inverse(axes), getName(index));
    if (!program.trained.has(name)) continue;
    const slotShape = heldShape(program, parameter);
    if (objective !== undefined && objective.proximalMu !== 0)
      sets.push(graph.assign(declare(slotName(name, START), slotShape), value));
    if (objective?.isCorrected) {
      const vector = graph.placeholder(correctName(corrects.length), "float32", shape);
      corrects.push(graph.assign(declare(slotName(name, CORRECTION), slotShape), inLayout(vector)));
    }
    for (const [slot, start] of Object.entries(slots)) {
      resets.push(graph.assign(declare(slotName(name, slot), slotShape), graph.fill(slotShape, start)));
    }
  }
  graph.done(SET_DONE, sets);
  graph.done(RESET_DONE, resets);
  if (objective?.isCorrected) graph.done(CORRECT_DONE, corrects);
  const restores = [...handles].map(([name, handle], index) => {
    graph.identity(graph.read(handle), saveName(index));
    return graph.assign(handle, graph.placeholder(restoreName(index), "float32", shapes.get(name) ?? []));
  });
  graph.done(RESTORE_DONE, restores);
  return { handles, shapes };
}

const inverse = (axes: readonly number[]): number[] => axes.map((_, axis) => axes.indexOf(axis));
