import { flatten } from "../functional.js";
import { Linear } from "../layers/linear.js";
import { Module } from "../module/module.js";
import type { Value } from "../module/value.js";

/** Multinomial logistic regression on 28×28 images: 7,850 parameters, logits out. */
export class Logistic extends Module {
  fc = new Linear(784, 10);

  forward(x: Value): Value {
    return this.fc.forward(flatten(x));
  }
}
