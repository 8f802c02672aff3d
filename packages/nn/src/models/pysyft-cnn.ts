import { flatten, logSoftmax, maxPool2d, relu } from "../functional.js";
import { Conv2d } from "../layers/convolution.js";
import { Linear } from "../layers/linear.js";
import { Module } from "../module/module.js";
import type { Value } from "../module/value.js";

/** The CNN of PySyft's asynchronous-websocket MNIST example: 431,080 parameters, log-probabilities out. */
export class PysyftCnn extends Module {
  conv1 = new Conv2d(1, 20, 5);
  conv2 = new Conv2d(20, 50, 5);
  fc1 = new Linear(4 * 4 * 50, 500);
  fc2 = new Linear(500, 10);

  forward(x: Value): Value {
    x = maxPool2d(relu(this.conv1.forward(x)), 2);
    x = maxPool2d(relu(this.conv2.forward(x)), 2);
    x = relu(this.fc1.forward(flatten(x)));
    return logSoftmax(this.fc2.forward(x));
  }
}
