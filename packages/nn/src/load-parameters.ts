import { elementCount, nearest, oneLine, type Parameter, type ParameterSet, TributaryError } from "@tributary/protocol";
import type { Graph } from "./graph/graph.js";
import { sameShape, shapeText } from "./ops/op.js";
import { isBatchCount } from "./stored-tensor.js";

export interface LoadOptions {
  /** What to do about parameters that the network does not have. Default "refuse". */
  readonly unexpected?: "refuse" | "ignore";
  /** Whether values may be NaN or infinite. Default false. */
  readonly allowNonFinite?: boolean;
}

/**
 * Parameters of any origin as those of a network: matched by name, in the network's order, their shapes and values checked. Values
 * are not copied. The `num_batches_tracked` of PyTorch's batch norms, which the network does not need, is passed over.
 *
 * @throws TributaryError `parameters_mismatch` naming what is missing or unexpected and the nearest name; `shape_mismatch`;
 *   `parameters_not_finite` with the name and the index
 */
export function loadParameters(graph: Graph, parameters: ParameterSet, options: LoadOptions = {}): Parameter[] {
  const given = new Map<string, Parameter>();
  for (const parameter of parameters) {
    if (given.has(parameter.name)) throw mismatch(graph, `two are named ${printable(parameter.name)}`);
    given.set(parameter.name, parameter);
  }
  checkNames(graph, [...given.keys()], options);
  return graph.parameters.map(({ name, shape }) => {
    const parameter = given.get(name);
    if (parameter === undefined) throw mismatch(graph, `missing ${printable(name)}`);
    if (!sameShape(parameter.shape, shape))
      throw misshapen(name, `the network has ${shapeText(shape)}, got ${shapeText(parameter.shape.slice(0, 16))}`);
    if (parameter.values.length !== elementCount(shape))
      throw misshapen(name, `${parameter.values.length} values do not fill ${shapeText(shape)}`);
    if (!options.allowNonFinite) checkFinite(parameter);
    return parameter;
  });
}

const mismatch = ({ name }: Graph, what: string) =>
  new TributaryError("parameters_mismatch", `the parameters do not fit the network ${name}: ${what}`);

const misshapen = (name: string, what: string) =>
  new TributaryError("shape_mismatch", `parameter ${name}: ${what}`, {
    hint: "Give the parameters of a network with the same layers.",
  });

/** How many names a message lists. */
const LISTED = 3;
/** Among how many names the nearest is looked for. */
const COMPARED = 1_000;

function checkNames(graph: Graph, given: readonly string[], { unexpected = "refuse" }: LoadOptions): void {
  const wanted = new Set(graph.parameters.map(({ name }) => name));
  const names = new Set(given);
  const missing = [...wanted].filter((name) => !names.has(name));
  const others = given.filter((name) => !wanted.has(name) && !isBatchCount(name));
  if (missing.length === 0 && (others.length === 0 || unexpected === "ignore")) return;
  const parts = [
    ...(missing.length > 0 ? [`missing ${listed(missing)}`] : []),
    ...(others.length > 0 && unexpected === "refuse" ? [`unexpected ${listed(others)}`] : []),
  ];
  const [first] = missing;
  const near = first === undefined ? undefined : nearest(first, others.slice(0, COMPARED));
  if (first !== undefined && near !== undefined) parts.push(`the nearest to ${printable(first)} is ${printable(near)}`);
  throw mismatch(graph, parts.join("; "));
}

function listed(names: readonly string[]): string {
  const rest = names.length - LISTED;
  return names.slice(0, LISTED).map(printable).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

/** A name of any origin, short and of one line. */
const printable = (name: string): string => oneLine(name, 60) || '""';

function checkFinite({ name, shape, values }: Parameter): void {
  // A loop: `findIndex` calls a function for each of what may be a thousand million values.
  let at = 0;
  while (at < values.length && Number.isFinite(values[at])) at += 1;
  if (at === values.length) return;
  throw new TributaryError("parameters_not_finite", `${name}[${indexOf(at, shape).join(", ")}] is ${values[at]}`);
}

/** The index in each dimension of the value at place `at`. */
function indexOf(at: number, shape: readonly number[]): number[] {
  let rest = at;
  return [...shape]
    .reverse()
    .map((size) => {
      const index = rest % size;
      rest = Math.floor(rest / size);
      return index;
    })
    .reverse();
}
