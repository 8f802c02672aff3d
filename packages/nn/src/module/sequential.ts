import { Module } from "./module.js";
import type { Value } from "./value.js";

class Sequential extends Module {
  constructor(children: Readonly<Record<string, Module>>) {
    super();
    Object.assign(this, children);
  }

  forward(x: Value): Value {
    return Object.values(this)
      .filter((child) => child instanceof Module)
      .reduce((value, child) => child.forward(value), x);
  }
}

/**
 * Modules one after the other. Given as a list they are named "0", "1", …; given as an object, by its keys.
 * Source: PyTorch's `nn.Sequential`.
 */
export function sequential(...children: readonly Module[] | [Readonly<Record<string, Module>>]): Module {
  const [first] = children;
  if (first !== undefined && !(first instanceof Module)) return new Sequential(first);
  return new Sequential(Object.fromEntries(Object.entries(children)) as Record<string, Module>);
}
