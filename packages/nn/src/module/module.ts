import type { Initialiser } from "../graph/graph.js";
import type { Value } from "./value.js";

/** A parameter that a module declares. Its name comes from the property that holds it. */
export class ParameterSlot {
  constructor(
    /** PyTorch's layout. */
    readonly shape: readonly number[],
    readonly initialiser: Initialiser,
    readonly trainable = true,
  ) {}
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
  abstract forward(x: Value): Value;
}

/** What a module holds: its parameters and sub-modules by the names of the properties. */
export function* membersOf(module: Module): Generator<readonly [name: string, member: Module | ParameterSlot]> {
  for (const [name, held] of Object.entries(module)) {
    if (held instanceof Module || held instanceof ParameterSlot) yield [name, held];
    else if (Array.isArray(held))
      for (const [index, item] of held.entries()) if (item instanceof Module) yield [`${name}.${index}`, item];
  }
}
