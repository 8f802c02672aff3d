/** The bits of float32 numbers, in the same memory. */
export const bitsOf = ({ buffer, byteOffset, length }: Float32Array): Uint32Array =>
  new Uint32Array(buffer, byteOffset, length);

/** The bytes of float32 numbers, in the same memory. */
export const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** The float32 nearest to a number from above. */
export function roundedUp(value: number): number {
  const nearest = Math.fround(value);
  if (nearest >= value) return nearest;
  const next = Float32Array.of(nearest);
  const bits = bitsOf(next);
  bits[0] = (bits[0] ?? 0) + 1;
  return next[0] ?? nearest;
}
