import type { Initialiser } from "../graph/graph.js";
import type { Value } from "./value.js";

/**
 * A parameter or a buffer that a module declares. Its name comes from the property that holds it.
 *
 * A parameter is trained unless `trainable` is set to false. A buffer (a running mean) is part of the model and travels with it,
 * but is never trained: the op that holds it changes it.
 */
export class ParameterSlot {
  readonly buffer: boolean;
  /** Whether training moves it: PyTorch's `requires_grad`. Set it before tracing. */
  trainable: boolean;

  /** @param options `buffer`: default false */
  constructor(
    /** PyTorch's layout. */
    readonly shape: readonly number[],
    readonly initialiser: Initialiser,
    options: { readonly buffer?: boolean } = {},
  ) {
    this.buffer = options.buffer ?? false;
    this.trainable = !this.buffer;
  }
}

/**
 * A part of a network. Sub-modules and parameters are found by the properties that hold them, and named after them as
 * PyTorch does: `conv1.weight`, `features.0.bias`. A module that is used twice shares its parameters.
 *
 * @example
 * ```ts
 * class Net extends Module {
 *   conv1 = new Conv2d(1, 20, 5);
 *   fc1 = new Linear(20 * 12 * 12, 10);
 *   forward(x: Value): Value {
 *     x = maxPool2d(relu(this.conv1.forward(x)), 2);
 *     return logSoftmax(this.fc1.forward(flatten(x)));
 *   }
 * }
 * const graph = trace(new Net(), [1, 28, 28]);
 * ```
 */
export abstract class Module {
  /** Describes the computation. Runs once, while tracing; values have shapes but no numbers. */
  abstract forward(...inputs: Value[]): Value | readonly Value[];
}

/** What a module holds, in PyTorch's order: its parameters, its buffers, then its sub-modules, by the names of the properties. */
export function membersOf(module: Module): (readonly [name: string, member: Module | ParameterSlot])[] {
  const all: [string, Module | ParameterSlot][] = [];
  for (const [name, held] of Object.entries(module)) {
    if (isMember(held)) all.push([name, held]);
    else if (Array.isArray(held))
      for (const [index, item] of held.entries()) if (isMember(item)) all.push([`${name}.${index}`, item]);
  }
  const rank = (member: Module | ParameterSlot) => (member instanceof Module ? 2 : Number(member.buffer));
  return all.sort(([, a], [, b]) => rank(a) - rank(b));
}

const isMember = (held: unknown): held is Module | ParameterSlot =>
  held instanceof Module || held instanceof ParameterSlot;

/** Every parameter and buffer below a module, once each, in PyTorch's order. */
export function slotsOf(module: Module, seen = new Set<Module | ParameterSlot>()): ParameterSlot[] {
  if (seen.has(module)) return [];
  seen.add(module);
  return membersOf(module).flatMap(([, member]) => {
    if (member instanceof Module) return slotsOf(member, seen);
    if (seen.has(member)) return [];
    seen.add(member);
    return [member];
  });
}

/**
 * Keeps every parameter of a module as it is while the rest is trained: PyTorch's `module.requires_grad_(false)`.
 * @returns the module
 */
export function freeze<M extends Module>(module: M): M {
  for (const slot of slotsOf(module)) slot.trainable = false;
  return module;
}
