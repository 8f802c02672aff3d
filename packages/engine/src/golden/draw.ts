import { elementCount } from "@tributary/protocol";

// The twin of test/golden/draw.py: numbers that PyTorch and Tributary make alike, so that the fixtures need not hold inputs and
// parameters.

/** A tensor to be made of drawn numbers. */
export interface DrawnTensor {
  readonly shape: readonly number[];
  /** Default "uniform". */
  readonly values?: keyof typeof kinds | "index";
  /** For "index": one more than the highest. */
  readonly below?: number;
}

/** What a draw, from -1 to below 1, is made into. */
const kinds = {
  /** From -2 to below 2. */
  uniform: (u: number) => 2 * u,
  /** Multiples of a half, so that many are equal and some are 0. */
  coarse: (u: number) => Math.floor(4 * u) / 2,
  negative: (u: number) => -1.25 - u,
  /** Where exponentials overflow, or nothing of them is left. */
  far: (u: number) => 64 * u,
  /** From 0 to 1. */
  share: (u: number) => 0.5 + 0.45 * u,
};

/** What a case's `inputs` or `target` asks for. */
export function drawValues(caseName: string, name: string, { shape, values = "uniform", below = 1 }: DrawnTensor) {
  const bits = draw(`${caseName} ${name}`, elementCount(shape));
  if (values === "index") return { shape, values: Int32Array.from(bits, (drawn) => drawn % below) };
  const make = kinds[values];
  return { shape, values: Float32Array.from(bits, (drawn) => make(unit(drawn))) };
}

/** Parameters and buffers, in sizes that let a network learn. */
export function drawParameter(caseName: string, name: string, shape: readonly number[]) {
  const make = sizing(name, shape);
  const bits = draw(`${caseName} ${name}`, elementCount(shape));
  return { name, shape, values: Float32Array.from(bits, (drawn) => make(unit(drawn))) };
}

function sizing(name: string, shape: readonly number[]): (u: number) => number {
  if (name.endsWith("other")) return (u) => 1.5 + Math.floor(2 * u) / 2;
  if (shape.length > 1) {
    // Uniform on a power of two, from 1 / √inputs to below 2 / √inputs.
    const fanIn = elementCount(shape.slice(1));
    let halvings = 0;
    while (4 ** (halvings + 1) <= fanIn) halvings += 1;
    return (u) => u / 2 ** halvings;
  }
  const isAboutOne = name.endsWith("running_var") || name.split(".").at(-1) === "weight";
  return isAboutOne ? (u) => 1 + u / 4 : (u) => u / 4;
}

/** The upper 24 bits as a number from -1 to below 1: exact in float32. */
const unit = (bits: number) => (bits >>> 8) / 2 ** 23 - 1;

/** xorshift32 (Marsaglia 2003), seeded with FNV-1a. */
function draw(seed: string, count: number): Uint32Array {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(seed)) state = Math.imul(state ^ byte, 0x01000193);
  state = state === 0 ? 1 : state;
  return new Uint32Array(count).map(() => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  });
}
