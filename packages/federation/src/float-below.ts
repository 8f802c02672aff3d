/** The largest float32 that is not above a positive number: what is within the one is within the other. */
export function floatBelow(value: number): number {
  const rounded = Math.fround(value);
  if (rounded <= value) return rounded;
  const bits = new Uint32Array(Float32Array.of(rounded).buffer);
  bits[0] = (bits[0] ?? 0) - 1;
  return new Float32Array(bits.buffer)[0] ?? 0;
}
