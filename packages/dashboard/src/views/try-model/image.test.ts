import { describe, expect, it } from "vitest";
import { fittedInto, placementOf, valuesOf } from "./image.js";

const digit = { channels: 1, height: 28, width: 28 };

/** Black, with a white rectangle. */
function drawing(width: number, height: number, box: { x: number; y: number; w: number; h: number }) {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let y = box.y; y < box.y + box.h; y++)
    for (let x = box.x; x < box.x + box.w; x++) data.fill(255, 4 * (y * width + x), 4 * (y * width + x) + 4);
  return { width, height, data };
}

describe("a drawn digit", () => {
  it("is laid as MNIST's are: 20 pixels high, its middle in the middle", () => {
    const placement = placementOf(drawing(280, 280, { x: 10, y: 40, w: 50, h: 200 }), digit);
    expect(placement).toEqual({
      from: { x: 10, y: 40, width: 50, height: 200 },
      to: { x: 11.5, y: 4, width: 5, height: 20 },
    });
  });

  it("is no larger for what a JPEG leaves in the black around it", () => {
    const drawn = drawing(280, 280, { x: 10, y: 40, w: 50, h: 200 });
    drawn.data.fill(9, 0, 3);
    expect(placementOf(drawn, digit)?.from).toEqual({ x: 10, y: 40, width: 50, height: 200 });
  });

  it("is nothing when nothing is drawn", () => {
    expect(placementOf(drawing(280, 280, { x: 0, y: 0, w: 0, h: 0 }), digit)).toBeUndefined();
  });

  it("is given to the network as its workers have it", () => {
    const values = valuesOf(drawing(28, 28, { x: 0, y: 0, w: 1, h: 1 }), digit);
    expect(values).toHaveLength(784);
    expect(values[0]).toBeCloseTo((1 - 0.1307) / 0.3081, 5);
    expect(values[1]).toBeCloseTo(-0.1307 / 0.3081, 5);
  });
});

describe("a picture in a square", () => {
  it.each([
    [
      { width: 28, height: 28 },
      { x: 0, y: 0, width: 280, height: 280 },
    ],
    [
      { width: 600, height: 300 },
      { x: 0, y: 70, width: 280, height: 140 },
    ],
    [
      { width: 10, height: 40 },
      { x: 105, y: 0, width: 70, height: 280 },
    ],
    [
      { width: 5_000, height: 1 },
      { x: 0, y: 139, width: 280, height: 1 },
    ],
  ])("keeps the proportion of its sides: %o", (size, box) => expect(fittedInto(280, size)).toEqual(box));
});

describe("a picture in colour", () => {
  it("is given channel after channel, from 0 to 1", () => {
    const data = new Uint8ClampedArray([255, 0, 51, 255, 0, 102, 0, 255]);
    const values = valuesOf({ width: 2, height: 1, data }, { channels: 3, height: 1, width: 2 });
    expect([...values].map((value) => Number(value.toFixed(3)))).toEqual([1, 0, 0, 0.4, 0.2, 0]);
  });
});
