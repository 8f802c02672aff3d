import { TributaryError } from "@tributary/protocol";
import { Module } from "./module.js";
import type { Value } from "./value.js";

/** Modules one after the other: what `sequential` makes. */
export class Sequential extends Module {
  constructor(children: readonly (readonly [name: string, child: Module])[]) {
    super();
    for (const [name, child] of children) {
      if (name === "" || name.includes(".") || name in this)
        throw new TributaryError("invalid_graph", `sequential: a module can't be named "${name}"`);
      Object.defineProperty(this, name, { value: child, enumerable: true });
    }
  }

  forward(x: Value): Value {
    return Object.values(this)
      .filter((child) => child instanceof Module)
      .reduce((value, child) => oneValue(child, child.forward(value)), x);
  }
}

function oneValue(child: Module, made: Value | readonly Value[]): Value {
  if ("apply" in made) return made;
  throw new TributaryError(
    "invalid_graph",
    `sequential: ${child.constructor.name} returns ${made.length} values, not one`,
  );
}

/**
 * Modules one after the other. Given as a list they are named "0", "1", …; given as an object, by its keys.
 * Source: PyTorch's `nn.Sequential`.
 *
 * @throws TributaryError `invalid_graph` for a name that is empty, has a dot or is one of Module's own ("forward")
 */
export function sequential(named: Readonly<Record<string, Module>>): Sequential;
export function sequential(...modules: readonly Module[]): Sequential;
export function sequential(...children: readonly (Module | Readonly<Record<string, Module>>)[]): Sequential {
  return new Sequential(
    children.flatMap((child, index) =>
      child instanceof Module ? [[String(index), child] as const] : Object.entries(child),
    ),
  );
}
