import { adaptiveAvgPool2d, add, flatten, relu } from "../functional.js";
import { Conv2d } from "../layers/convolution.js";
import { Linear } from "../layers/linear.js";
import { BatchNorm2d } from "../layers/normalisation.js";
import { Module } from "../module/module.js";
import { type Sequential, sequential } from "../module/sequential.js";
import type { Value } from "../module/value.js";

const conv3x3 = (from: number, to: number, stride: number) =>
  new Conv2d(from, to, 3, { stride, padding: 1, bias: false });

/** Two convolutions beside a shortcut, which is a 1×1 convolution where the shape changes. */
class BasicBlock extends Module {
  conv1: Conv2d;
  bn1: BatchNorm2d;
  conv2: Conv2d;
  bn2: BatchNorm2d;
  shortcut: Sequential | undefined;

  constructor(from: number, to: number, stride: number) {
    super();
    this.conv1 = conv3x3(from, to, stride);
    this.bn1 = new BatchNorm2d(to);
    this.conv2 = conv3x3(to, to, 1);
    this.bn2 = new BatchNorm2d(to);
    if (stride !== 1 || from !== to)
      this.shortcut = sequential(new Conv2d(from, to, 1, { stride, bias: false }), new BatchNorm2d(to));
  }

  forward(x: Value): Value {
    const inner = this.bn2.forward(this.conv2.forward(relu(this.bn1.forward(this.conv1.forward(x)))));
    return relu(add(inner, this.shortcut?.forward(x) ?? x));
  }
}

const stage = (from: number, to: number, stride: number, blocks: number) =>
  sequential(
    ...Array.from(
      { length: blocks },
      (_, block) => new BasicBlock(block === 0 ? from : to, to, block === 0 ? stride : 1),
    ),
  );

/**
 * A residual network for small images, `[batch, 3, 32, 32]` for ten classes: 272,474 parameters with three blocks a stage
 * (ResNet-20 with 1×1 shortcuts), logits out. Source: He et al. 2016, section 4.2.
 */
export class ResnetSmall extends Module {
  conv1: Conv2d;
  bn1: BatchNorm2d;
  layer1: Sequential;
  layer2: Sequential;
  layer3: Sequential;
  fc: Linear;

  /** @param options `channels` 3, `blocks` a stage 3, `width` of the first stage 16, `classes` 10 by default */
  constructor(options: { channels?: number; blocks?: number; width?: number; classes?: number } = {}) {
    super();
    const { channels = 3, blocks = 3, width = 16, classes = 10 } = options;
    this.conv1 = conv3x3(channels, width, 1);
    this.bn1 = new BatchNorm2d(width);
    this.layer1 = stage(width, width, 1, blocks);
    this.layer2 = stage(width, 2 * width, 2, blocks);
    this.layer3 = stage(2 * width, 4 * width, 2, blocks);
    this.fc = new Linear(4 * width, classes);
  }

  forward(x: Value): Value {
    x = relu(this.bn1.forward(this.conv1.forward(x)));
    x = this.layer3.forward(this.layer2.forward(this.layer1.forward(x)));
    return this.fc.forward(flatten(adaptiveAvgPool2d(x, 1)));
  }
}
