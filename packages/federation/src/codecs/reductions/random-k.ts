import { elementCount, type RandomStream } from "@tributary/protocol";
import { PLACES, ROUNDING } from "../random-source.js";
import type { ValueFormat } from "../values/value-format.js";
import { gathered, keptOf } from "./kept.js";
import { readingSome, type TensorCodec } from "./tensor-codec.js";

/**
 * Random-k sparsification (Stich et al. 2018, definition 2.1): ⌈fraction * n⌉ values of a tensor at places that both ends draw from the same
 * stream, so that only the values travel. With error feedback they are sent as they are; without it times n / k, so that the mean over the draws
 * is the tensor itself (Konečný et al. 2016, section 3, "random mask").
 */
export const randomK = (fraction: number, format: ValueFormat, errorFeedback: boolean): TensorCodec => ({
  bytes(shape) {
    const all = format.bytes(keptOf(fraction, elementCount(shape)));
    return { least: all, most: all };
  },
  write(values, _, to, random) {
    const places = drawPlaces(keptOf(fraction, values.length), values.length, random(PLACES));
    const kept = gathered(values, places);
    const factor = errorFeedback ? 1 : values.length / kept.length;
    for (let index = 0; index < kept.length; index++) kept[index] = (kept[index] as number) * factor;
    format.write(kept, to, random(ROUNDING));
  },
  ...readingSome((from, count, random) => {
    const values = new Float32Array(keptOf(fraction, count));
    format.read(from, values);
    return { places: drawPlaces(values.length, count, random(PLACES)), values };
  }),
});

/** `kept` places among `count`, ascending, each set of places as likely as any other (Floyd's algorithm; Bentley and Floyd, 1987). */
export function drawPlaces(kept: number, count: number, random: RandomStream): Uint32Array {
  const taken = new Uint8Array(count);
  for (let last = count - kept; last < count; last++) {
    const drawn = random.below(last + 1);
    taken[taken[drawn] === 1 ? last : drawn] = 1;
  }
  const places = new Uint32Array(kept);
  let found = 0;
  for (let place = 0; place < count; place++) if (taken[place] === 1) places[found++] = place;
  return places;
}
