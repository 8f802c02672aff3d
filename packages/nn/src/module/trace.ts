import { TributaryError } from "@tributary/protocol";
import type { Graph, GraphNode, GraphParameter } from "../graph/graph.js";
import { validateGraph } from "../graph/validate.js";
import { checkNode, opNamed } from "../ops/catalogue.js";
import { type Module, membersOf, ParameterSlot } from "./module.js";
import type { OpApplication, Value } from "./value.js";

export interface TraceOptions {
  /** A line of text. Default: the name of the module's class. */
  readonly name?: string;
}

const INPUT = "input";

/**
 * Runs `module.forward` once on a value without numbers and writes down the ops.
 *
 * @param inputShape shape of one sample, without the batch dimension: `[channels, height, width]`
 * @returns the network as plain data, its parameters in the order of PyTorch's `state_dict()`; those that `forward` does not
 *   use are left out
 * @throws TributaryError `shape_mismatch` naming the layer, what it got and what it wanted; `invalid_graph` for a network that
 *   could not travel: two parameters of one name, a size below 1, too many nodes
 */
export function trace(module: Module, inputShape: readonly number[], options: TraceOptions = {}): Graph {
  if (inputShape.some((size) => !Number.isInteger(size) || size < 1))
    throw new TributaryError(
      "shape_mismatch",
      `the input shape [${inputShape}] has a size that is no whole number from 1 on`,
    );
  const name = options.name ?? (module.constructor.name || "network");
  const names = nameMembers(module);
  const tape = new Tape(names);
  const shape = [-1, ...inputShape];
  const output = module.forward(tape.value(INPUT, shape));
  if (!tape.made(output))
    throw new TributaryError("invalid_graph", `${name}: forward() must return a value that it made from its input`);
  return validateGraph({
    name,
    inputs: [{ name: INPUT, shape }],
    nodes: tape.nodes,
    outputs: [output.name],
    parameters: [...names.parameters]
      .filter(([slot]) => tape.used.has(slot))
      .map(([slot, name]) => parameterOf(slot, name)),
  });
}

const parameterOf = ({ shape, initialiser, trainable }: ParameterSlot, name: string): GraphParameter => ({
  name,
  shape,
  initialiser,
  trainable,
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
  readonly used = new Set<ParameterSlot>();
  private readonly values = new WeakSet<Value>();
  /** How often a name was wanted. */
  private readonly wanted = new Map<string, number>([[INPUT, 1]]);

  constructor(private readonly names: Names) {}

  value(name: string, shape: readonly number[]): Value {
    const value: Value = { name, shape, apply: (op, application) => this.apply(op, name, shape, application ?? {}) };
    this.values.add(value);
    return value;
  }

  /** Whether this is a value of this trace. What `forward` returned need not be one. */
  made(value: Value): boolean {
    return this.values.has(value);
  }

  private apply(op: string, input: string, inputShape: readonly number[], application: OpApplication): Value {
    const { attributes = {}, parameters = {}, layer } = application;
    const module = layer === undefined ? "" : (this.names.modules.get(layer) ?? "");
    const name = this.unique(module || op);
    const place = layer === undefined ? name : `${module || name} (${layer.constructor.name})`;
    const slots = Object.entries(parameters);
    const shapes = Object.fromEntries(slots.map(([role, { shape }]) => [role, shape]));
    const shape = checkNode(opNamed(op, place), { place, inputs: [inputShape], attributes, parameters: shapes });
    const named = Object.fromEntries(slots.map(([role, slot]) => [role, this.nameOf(slot, place)]));
    for (const [, slot] of slots) this.used.add(slot);
    this.nodes.push({ name, op, inputs: [input], parameters: named, attributes, shape, module });
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
