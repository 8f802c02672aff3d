import { TributaryError } from "@tributary/protocol";
import type { Graph, GraphNode, GraphParameter, GraphValue } from "../graph/graph.js";
import { validateGraph } from "../graph/validate.js";
import { opNamed } from "../ops/catalogue.js";
import { checkNode } from "../ops/check-node.js";
import { type Module, membersOf, ParameterSlot } from "./module.js";
import type { OpApplication, Value } from "./value.js";

export interface TraceOptions {
  /** A line of text. Default: the name of the module's class. */
  readonly name?: string;
}

/** Shape of one sample, or for a network of several inputs one for each. */
export type InputShapes = readonly number[] | readonly (readonly number[])[];

/**
 * Runs `module.forward` once on values without numbers and writes down the ops.
 *
 * @param inputShapes shape of one sample, without the batch dimension: `[channels, height, width]`; for a network of several
 *   inputs a list of them. An only input is named "input", else they are "input1", "input2", …
 * @returns the network as plain data, its parameters and buffers in the order of PyTorch's `state_dict()`; those that `forward`
 *   does not use are left out
 * @throws TributaryError `shape_mismatch` naming the layer, what it got and what it wanted; `invalid_graph` for a network that
 *   could not travel: two parameters of one name, a size below 1, too many nodes
 */
export function trace(module: Module, inputShapes: InputShapes, options: TraceOptions = {}): Graph {
  const inputs = inputsOf(inputShapes);
  const name = options.name ?? (module.constructor.name || "network");
  const names = nameMembers(module);
  const tape = new Tape(
    names,
    inputs.map(({ name }) => name),
  );
  const made: unknown = module.forward(...inputs.map(({ name, shape }) => tape.value(name, shape)));
  const outputs = (Array.isArray(made) ? made : [made]).map((output: unknown) => {
    if (tape.made(output)) return output.name;
    throw new TributaryError("invalid_graph", `${name}: forward() must return values that it made from its inputs`);
  });
  const nodes = reaching(outputs, tape.nodes);
  const used = new Set(nodes.flatMap(({ parameters }) => Object.values(parameters)));
  return validateGraph({
    name,
    inputs,
    nodes,
    outputs,
    parameters: [...names.parameters]
      .filter(([, name]) => used.has(name))
      .map(([slot, name]) => parameterOf(slot, name)),
  });
}

/** The nodes that an output needs; what `forward` made besides is left out. */
function reaching(outputs: readonly string[], nodes: readonly GraphNode[]): GraphNode[] {
  const needed = new Set(outputs);
  const kept = [...nodes].reverse().filter(({ name, inputs }) => {
    if (!needed.has(name)) return false;
    for (const input of inputs) needed.add(input);
    return true;
  });
  return kept.reverse();
}

const isOne = (shapes: InputShapes): shapes is readonly number[] => !shapes.some((shape) => Array.isArray(shape));

function inputsOf(shapes: InputShapes): GraphValue[] {
  const list = isOne(shapes) ? [shapes] : shapes;
  return list.map((shape, index) => {
    if (shape.some((size) => !Number.isInteger(size) || size < 1))
      throw new TributaryError(
        "shape_mismatch",
        `the input shape [${shape}] has a size that is no whole number from 1 on`,
      );
    return { name: list.length === 1 ? "input" : `input${index + 1}`, shape: [-1, ...shape] };
  });
}

const parameterOf = ({ shape, initialiser, trainable, buffer }: ParameterSlot, name: string): GraphParameter => ({
  name,
  shape,
  initialiser,
  trainable: trainable && !buffer,
  buffer,
});

/** Paths of everything below the root. What is held twice keeps the first name. */
interface Names {
  readonly modules: ReadonlyMap<Module, string>;
  readonly parameters: ReadonlyMap<ParameterSlot, string>;
}

function nameMembers(root: Module): Names {
  const modules = new Map<Module, string>([[root, ""]]);
  const parameters = new Map<ParameterSlot, string>();
  const visit = (module: Module, path: string) => {
    for (const [name, member] of membersOf(module)) {
      const full = path === "" ? name : `${path}.${name}`;
      if (member instanceof ParameterSlot) {
        if (!parameters.has(member)) parameters.set(member, full);
      } else if (!modules.has(member)) {
        modules.set(member, full);
        visit(member, full);
      }
    }
  };
  visit(root, "");
  return { modules, parameters };
}

/** The record of one trace. */
class Tape {
  readonly nodes: GraphNode[] = [];
  private readonly values = new WeakSet<object>();
  /** How often a name was wanted. */
  private readonly wanted: Map<string, number>;

  constructor(
    private readonly names: Names,
    inputs: readonly string[],
  ) {
    this.wanted = new Map(inputs.map((name) => [name, 1]));
  }

  value(name: string, shape: readonly number[]): Value {
    const value: Value = {
      name,
      shape,
      apply: (op, application = {}) => this.apply(op, [value, ...(application.others ?? [])], application),
    };
    this.values.add(value);
    return value;
  }

  /** Whether this is a value of this trace. What `forward` returned need not be one. */
  made(value: unknown): value is Value {
    return typeof value === "object" && value !== null && this.values.has(value);
  }

  private apply(op: string, inputs: readonly Value[], application: OpApplication): Value {
    const { attributes = {}, layer, part } = application;
    const module = layer === undefined ? "" : (this.names.modules.get(layer) ?? "");
    const own = part === undefined ? module : [module, part].filter((name) => name !== "").join(".");
    const name = this.unique(own || op);
    const place = layer === undefined ? name : `${own || name} (${layer.constructor.name})`;
    if (!inputs.every((input) => this.made(input)))
      throw new TributaryError("invalid_graph", `${place}: an input is no value of this network`);
    const slots = Object.entries(application.parameters ?? {}).flatMap(([role, slot]) =>
      slot === undefined ? [] : [[role, slot] as const],
    );
    const shape = checkNode(opNamed(op, place), {
      place,
      inputs: inputs.map(({ shape }) => shape),
      attributes,
      parameters: Object.fromEntries(slots),
    });
    const parameters = Object.fromEntries(slots.map(([role, slot]) => [role, this.nameOf(slot, place)]));
    this.nodes.push({ name, op, inputs: inputs.map(({ name }) => name), parameters, attributes, shape, module });
    return this.value(name, shape);
  }

  private nameOf(slot: ParameterSlot, place: string): string {
    const name = this.names.parameters.get(slot);
    if (name === undefined)
      throw new TributaryError("invalid_graph", `${place}: make layers in fields of the module, not inside forward()`);
    return name;
  }

  /** "relu", then "relu_2", "relu_3". */
  private unique(wanted: string): string {
    const use = (this.wanted.get(wanted) ?? 0) + 1;
    this.wanted.set(wanted, use);
    return use === 1 ? wanted : this.unique(`${wanted}_${use}`);
  }
}
