import { flatten, maxPool2d, relu } from "../functional.js";
import { Conv2d } from "../layers/convolution.js";
import { Linear } from "../layers/linear.js";
import { Module } from "../module/module.js";
import type { Value } from "../module/value.js";

/** The CNN of McMahan et al. 2017 ("Communication-Efficient Learning of Deep Networks from Decentralized Data"): 1,663,370 parameters, logits out. */
export class McMahanCnn extends Module {
  conv1 = new Conv2d(1, 32, 5, { padding: "same" });
  conv2 = new Conv2d(32, 64, 5, { padding: "same" });
  fc1 = new Linear(64 * 7 * 7, 512);
  fc2 = new Linear(512, 10);

  forward(x: Value): Value {
    x = maxPool2d(relu(this.conv1.forward(x)), 2);
    x = maxPool2d(relu(this.conv2.forward(x)), 2);
    x = relu(this.fc1.forward(flatten(x)));
    return this.fc2.forward(x);
  }
}
