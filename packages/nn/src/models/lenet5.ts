import { flatten, maxPool2d, relu } from "../functional.js";
import { Conv2d } from "../layers/convolution.js";
import { Linear } from "../layers/linear.js";
import { Module } from "../module/module.js";
import type { Value } from "../module/value.js";

/** LeNet-5 (LeCun et al. 1998) with ReLU and max pooling, for 28×28 images: 61,706 parameters, logits out. */
export class LeNet5 extends Module {
  conv1 = new Conv2d(1, 6, 5, { padding: 2 });
  conv2 = new Conv2d(6, 16, 5);
  fc1 = new Linear(16 * 5 * 5, 120);
  fc2 = new Linear(120, 84);
  fc3 = new Linear(84, 10);

  forward(x: Value): Value {
    x = maxPool2d(relu(this.conv1.forward(x)), 2);
    x = maxPool2d(relu(this.conv2.forward(x)), 2);
    x = relu(this.fc1.forward(flatten(x)));
    return this.fc3.forward(relu(this.fc2.forward(x)));
  }
}
