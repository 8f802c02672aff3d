import { oneLine, TributaryError } from "@tributary/protocol";
import type { Graph, GraphNode } from "./graph.js";
import { LIMITS } from "./limits.js";

/**
 * Checks that a graph is small enough to be looked at, and that its texts are short and of one line. Nothing is said about what
 * it means: see `validateGraph`.
 *
 * @throws TributaryError `invalid_graph`
 */
export function checkBounds({ name, inputs, nodes, outputs, parameters }: Graph): void {
  checkName("the graph", name);
  checkCounts({ inputs, nodes, outputs, parameters });
  for (const [what, named] of [
    ["an input", inputs],
    ["a parameter", parameters],
  ] as const)
    for (const { name, shape } of named) {
      checkName(what, name);
      atMost(LIMITS.dimensions, shape.length, name, "dimensions");
    }
  for (const node of nodes) checkNodeBounds(node);
  for (const output of outputs) checkName("an output", output);
}

/**
 * Checks how long the lists of a graph are, before anything is made of their entries.
 * @throws TributaryError `invalid_graph`
 */
export function checkCounts(
  lists: Readonly<Partial<Record<"inputs" | "nodes" | "outputs" | "parameters", readonly unknown[] | null>>>,
): void {
  for (const what of ["inputs", "nodes", "outputs", "parameters"] as const)
    atMost(LIMITS[what], lists[what]?.length ?? 0, "the graph", what);
}

function checkNodeBounds({ name, op, inputs, parameters, attributes, shape, module }: GraphNode): void {
  checkName("a node", name);
  checkName(`the op of ${name}`, op);
  atMost(LIMITS.nodeInputs, inputs.length, name, "inputs");
  for (const input of inputs) checkName(`an input of ${name}`, input);
  const roles = Object.entries(parameters);
  atMost(LIMITS.nodeParameters, roles.length, name, "parameters");
  for (const text of roles.flat()) checkName(`a parameter of ${name}`, text);
  const settings = Object.entries(attributes);
  atMost(LIMITS.attributes, settings.length, name, "attributes");
  for (const [key, value] of settings) {
    checkName(`an attribute of ${name}`, key);
    if (typeof value === "string" && value !== "") checkName(`${name}'s ${key}`, value);
    if (typeof value === "object") atMost(LIMITS.numbers, value.length, `${name}'s ${key}`, "numbers");
  }
  atMost(LIMITS.dimensions, shape.length, name, "dimensions");
  if (module !== "") checkName(`the module of ${name}`, module, LIMITS.pathLength);
}

function atMost(limit: number, count: number, place: string, what: string): void {
  if (count > limit) throw new TributaryError("invalid_graph", `${place} has ${count} ${what}, ${limit} at most`);
}

/** Names are printed, logged and used as keys: a line of text, and not the one that JavaScript gives a meaning of its own. */
function checkName(what: string, name: string, longest: number = LIMITS.nameLength): void {
  const fits = name !== "" && name.length <= longest && name !== "__proto__" && oneLine(name, longest) === name;
  if (!fits)
    throw new TributaryError(
      "invalid_graph",
      `${what} has the name "${oneLine(name, 60)}"; a line of 1 to ${longest} characters is wanted`,
    );
}
