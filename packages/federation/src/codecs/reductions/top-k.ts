import { elementCount } from "@tributary/protocol";
import { ROUNDING } from "../random-source.js";
import type { ValueFormat } from "../values/value-format.js";
import { gathered, keptOf } from "./kept.js";
import { largest } from "./largest.js";
import { placeCodeOf, readPlaces, writePlaces } from "./places.js";
import { readingSome, type TensorCodec } from "./tensor-codec.js";

/**
 * Top-k sparsification (Stich et al. 2018, "Sparsified SGD with Memory", definition 2.1): the ⌈fraction * n⌉ largest values of a tensor by
 * magnitude, of equal ones the first; all others are 0. First their places, then their values in the order of the places.
 */
export const topK = (fraction: number, format: ValueFormat): TensorCodec => ({
  bytes(shape) {
    const count = elementCount(shape);
    const kept = keptOf(fraction, count);
    const { least, most } = placeCodeOf(kept, count).bytes;
    return { least: least + format.bytes(kept), most: most + format.bytes(kept) };
  },
  write(values, _, to, random) {
    const places = largest(values, keptOf(fraction, values.length));
    writePlaces(places, placeCodeOf(places.length, values.length), to);
    format.write(gathered(values, places), to, random(ROUNDING));
  },
  ...readingSome((from, count) => {
    const places = new Uint32Array(keptOf(fraction, count));
    readPlaces(places, count, placeCodeOf(places.length, count), from);
    const values = new Float32Array(places.length);
    format.read(from, values);
    return { places, values };
  }),
});
