import type { RandomStream } from "@tributary/protocol";
import type { ByteReader } from "../byte-reader.js";
import type { ByteWriter } from "../byte-writer.js";

/** How a list of numbers becomes bytes. Encoders are given numbers of at most 2^64 in magnitude, none of them NaN. */
export interface ValueFormat {
  /** Bytes of so many numbers, which depend on nothing else. */
  bytes(count: number): number;
  /** @param random for formats that round by chance */
  write(values: Float32Array, to: ByteWriter, random: RandomStream): void;
  /**
   * Fills `into`. Of hostile bytes the numbers may be NaN or infinite.
   *
   * @throws TributaryError `file_invalid`; `update_not_finite` of a scale
   */
  read(from: ByteReader, into: Float32Array): void;
}
