import { elementCount } from "@tributary/protocol";
import { ROUNDING } from "../random-source.js";
import type { ValueFormat } from "../values/value-format.js";
import { placeCodeOf, readPlaces, writePlaces } from "./places.js";
import { gathered, keptOf, largest, scatter } from "./select.js";
import type { TensorCodec } from "./tensor-codec.js";

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
  read(from, _, into) {
    const places = new Uint32Array(keptOf(fraction, into.length));
    readPlaces(places, into.length, placeCodeOf(places.length, into.length), from);
    const values = new Float32Array(places.length);
    format.read(from, values);
    scatter(values, places, into);
  },
});
