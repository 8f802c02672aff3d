import type { ValueFormat } from "./value-format.js";
import { bytesOf } from "./views.js";

/** IEEE 754's binary32, 4 bytes a number. Loses nothing. */
export const float32: ValueFormat = {
  bytes: (count) => 4 * count,
  write(values, to) {
    to.bytes(bytesOf(values));
  },
  read(from, into) {
    bytesOf(into).set(from.next(into.byteLength));
  },
};
