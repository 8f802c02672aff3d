/** One way in which files keep floating-point numbers. */
export interface FloatFormat {
  /** Bytes a value. */
  readonly width: number;
  /** Reads little-endian values; what comes out is a copy. */
  readonly read: (bytes: Uint8Array) => Float32Array;
}

/** A copy, so that it lies at a multiple of any width. A Buffer's own `slice` would not copy. */
const aligned = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

export const float32: FloatFormat = { width: 4, read: (bytes) => new Float32Array(aligned(bytes)) };

/** Rounded to the nearest; what float32 can't hold becomes infinite. */
export const float64: FloatFormat = { width: 8, read: (bytes) => Float32Array.from(new Float64Array(aligned(bytes))) };

/** IEEE 754's binary16: one bit of sign, five of exponent, ten of fraction. Exact in float32. */
export const float16: FloatFormat = {
  width: 2,
  read: (bytes) => Float32Array.from(new Uint16Array(aligned(bytes)), binary16),
};

function binary16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The upper half of a float32. */
export const bfloat16: FloatFormat = {
  width: 2,
  read: (bytes) => new Float32Array(Uint32Array.from(new Uint16Array(aligned(bytes)), (half) => half << 16).buffer),
};
