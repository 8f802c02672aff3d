import { concat, maxPool2d, relu } from "../functional.js";
import { Conv2d, ConvTranspose2d } from "../layers/convolution.js";
import { BatchNorm2d } from "../layers/normalisation.js";
import { Module } from "../module/module.js";
import type { Value } from "../module/value.js";

/** Two convolutions of 3×3 that keep the size. */
class DoubleConv extends Module {
  conv1: Conv2d;
  bn1: BatchNorm2d;
  conv2: Conv2d;
  bn2: BatchNorm2d;

  constructor(from: number, to: number) {
    super();
    this.conv1 = new Conv2d(from, to, 3, { padding: 1, bias: false });
    this.bn1 = new BatchNorm2d(to);
    this.conv2 = new Conv2d(to, to, 3, { padding: 1, bias: false });
    this.bn2 = new BatchNorm2d(to);
  }

  forward(x: Value): Value {
    x = relu(this.bn1.forward(this.conv1.forward(x)));
    return relu(this.bn2.forward(this.conv2.forward(x)));
  }
}

/**
 * A U-shaped network that gives a class for each pixel: `[batch, channels, height, width]` to `[batch, classes, height, width]`,
 * height and width multiples of 4. Two steps down and two up, each joined with what was there before.
 * Source: Ronneberger et al. 2015, with padding and batch norm.
 */
export class UnetSmall extends Module {
  down1: DoubleConv;
  down2: DoubleConv;
  bottom: DoubleConv;
  up2: ConvTranspose2d;
  join2: DoubleConv;
  up1: ConvTranspose2d;
  join1: DoubleConv;
  head: Conv2d;

  /** @param options `channels` 1, `width` of the first level 8, `classes` 2 by default */
  constructor(options: { channels?: number; width?: number; classes?: number } = {}) {
    super();
    const { channels = 1, width = 8, classes = 2 } = options;
    this.down1 = new DoubleConv(channels, width);
    this.down2 = new DoubleConv(width, 2 * width);
    this.bottom = new DoubleConv(2 * width, 4 * width);
    this.up2 = new ConvTranspose2d(4 * width, 2 * width, 2, { stride: 2 });
    this.join2 = new DoubleConv(4 * width, 2 * width);
    this.up1 = new ConvTranspose2d(2 * width, width, 2, { stride: 2 });
    this.join1 = new DoubleConv(2 * width, width);
    this.head = new Conv2d(width, classes, 1);
  }

  forward(x: Value): Value {
    const first = this.down1.forward(x);
    const second = this.down2.forward(maxPool2d(first, 2));
    x = this.bottom.forward(maxPool2d(second, 2));
    x = this.join2.forward(concat([this.up2.forward(x), second]));
    x = this.join1.forward(concat([this.up1.forward(x), first]));
    return this.head.forward(x);
  }
}
