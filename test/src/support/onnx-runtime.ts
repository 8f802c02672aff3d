/** ONNX Runtime comes with binaries for Windows, macOS and glibc's Linux, on x64 and arm64; elsewhere it does not load. */
const loaded = await import("onnxruntime-node").then(
  (runtime) => ({ works: true as const, runtime, note: "" }),
  (error: unknown) => ({ works: false as const, note: ` (does not load here: ${String(error).slice(0, 200)})` }),
);

/** Whether ONNX Runtime loads on this machine, and why not. */
export const onnxRuntime: { readonly works: boolean; readonly note: string } = loaded;

/** Row-major values with their shape. */
interface Values {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Runs an `.onnx` file. @returns its outputs in the order of the network's */
export async function runOnnx(
  file: Uint8Array,
  inputs: readonly (Values & { readonly name: string })[],
): Promise<(Values & { readonly name: string })[]> {
  if (!loaded.works) throw new Error("ONNX Runtime does not load here");
  const { InferenceSession, Tensor } = loaded.runtime;
  // Errors only: it warns of constants that it folds.
  const session = await InferenceSession.create(file, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  try {
    const given = inputs.map(({ name, shape, values }) => [name, new Tensor("float32", values, shape)] as const);
    const made = await session.run(Object.fromEntries(given));
    return session.outputNames.map((name) => {
      const data = made[name]?.data;
      if (!(data instanceof Float32Array)) throw new Error(`${name} is not float32`);
      return { name, shape: [...(made[name]?.dims ?? [])], values: data };
    });
  } finally {
    await session.release();
  }
}

/** The largest distance, as a share of what is allowed: 1e-5 + 1e-4 of the expected value. */
export function farthest(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length || actual.length === 0) return Number.POSITIVE_INFINITY;
  return Array.from(actual, (value, at) => {
    const wanted = expected[at] ?? Number.NaN;
    const share = Math.abs(value - wanted) / (1e-5 + 1e-4 * Math.abs(wanted));
    return Number.isNaN(share) ? Number.POSITIVE_INFINITY : share;
  }).reduce((worst, share) => Math.max(worst, share), 0);
}
