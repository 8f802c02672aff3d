import { flatten, relu } from "../functional.js";
import { Linear } from "../layers/linear.js";
import { Module } from "../module/module.js";
import type { Value } from "../module/value.js";

/** The "2NN" of McMahan et al. 2017: two hidden layers of 200 units, 199,210 parameters, logits out. */
export class McMahan2nn extends Module {
  fc1 = new Linear(784, 200);
  fc2 = new Linear(200, 200);
  fc3 = new Linear(200, 10);

  forward(x: Value): Value {
    x = relu(this.fc1.forward(flatten(x)));
    x = relu(this.fc2.forward(x));
    return this.fc3.forward(x);
  }
}
