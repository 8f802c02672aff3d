import { describe, expect, it } from "vitest";
import { onBlack } from "./paper.js";

type Colour = readonly [number, number, number];

/** 10 × 10 pixels of one colour, with a square of another in the middle. */
function picture(around: Colour, inside: Colour) {
  const data = new Uint8ClampedArray(400);
  for (let at = 0; at < 100; at++) {
    const [x, y] = [at % 10, Math.floor(at / 10)];
    data.set([...(x > 3 && x < 6 && y > 3 && y < 6 ? inside : around), 255], 4 * at);
  }
  return { width: 10, height: 10, data };
}

describe("a picture that is put on the pad", () => {
  it.each<[string, Colour, Colour]>([
    ["a scan", [255, 255, 255], [0, 0, 0]],
    ["pencil on grey paper", [200, 200, 200], [120, 120, 120]],
    ["blue ink on yellowish paper", [235, 230, 215], [20, 30, 160]],
  ])("is white on black when it is %s", (_, paper, ink) => {
    const given = picture(paper, ink);
    onBlack(given);
    expect(given).toEqual(picture([0, 0, 0], [255, 255, 255]));
  });

  it.each<[string, Colour, Colour]>([
    ["white on black already", [0, 0, 0], [255, 255, 255]],
    ["a photograph with a bright sky", [120, 180, 255], [200, 30, 30]],
  ])("stays as it is when it is %s", (_, around, inside) => {
    const given = picture(around, inside);
    onBlack(given);
    expect(given).toEqual(picture(around, inside));
  });

  it("is black without the noise and the shadows of its paper", () => {
    const given = picture([230, 230, 230], [20, 20, 20]);
    given.data.fill(200, 0, 3);
    given.data.fill(250, 40, 43);
    onBlack(given);
    expect(given).toEqual(picture([0, 0, 0], [255, 255, 255]));
    const empty = picture([230, 230, 230], [230, 230, 230]);
    onBlack(empty);
    expect(empty).toEqual(picture([0, 0, 0], [0, 0, 0]));
  });
});
