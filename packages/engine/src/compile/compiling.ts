import { debuglog } from "node:util";
import type { NodeJSKernelBackend } from "@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js";
import type { Backend } from "../backend/backend.js";
import type { Dense } from "../graph/dense.js";
import type { Program } from "../graph/program.js";
import { isNativeBackend } from "../kernels/native.js";
import { CompiledProgram, type Purpose } from "./compiled-program.js";
import type { BatchSpec, ValueSpec } from "./recorded-step.js";
import { NotRecordable } from "./recorder.js";

/** `NODE_DEBUG=tributary` shows what runs op by op, and why. */
const debug = debuglog("tributary");

/** What libtensorflow runs as a whole, or undefined on a backend that interprets. The backend must be active. */
export function compiling({ tf }: Backend): NodeJSKernelBackend | undefined {
  const engine = tf.backend();
  return isNativeBackend(engine) ? engine : undefined;
}

/** How many programs are kept for the next who wants the same. */
const KEPT = 4;

/** Programs that nobody uses now, the one used last at the end. */
const idle: { readonly key: string; readonly backend: Backend; readonly program: CompiledProgram }[] = [];

/** A compiled program for oneself: one that was released, or a new one. The same graph and purpose have the same key. */
export function acquire(
  backend: Backend,
  native: NodeJSKernelBackend,
  program: Program,
  purpose: Purpose,
  key: string,
): CompiledProgram {
  const at = idle.findIndex((kept) => kept.key === key && kept.backend === backend);
  const [kept] = at < 0 ? [] : idle.splice(at, 1);
  return kept?.program ?? new CompiledProgram(backend, native, program, purpose);
}

/** Gives a program back for the next one who wants the same. */
export function release(backend: Backend, key: string, program: CompiledProgram): void {
  if (!program.isRecorded) return;
  idle.push({ key, backend, program });
  if (idle.length > KEPT) idle.shift()?.program.dispose();
}

/** The specification of a batch. */
export function specOf(inputs: readonly Dense[], targets?: Dense): BatchSpec {
  const spec = ({ shape, values }: Dense): ValueSpec => ({
    shape,
    dtype: values instanceof Int32Array ? "int32" : "float32",
  });
  return { inputs: inputs.map(spec), ...(targets && { targets: spec(targets) }) };
}

/** Runs `compiled`; when the computation can't be recorded, says so in the debug log and runs `eager`. */
export function orEager<T>(what: string, compiled: () => T, eager: () => T): T {
  try {
    return compiled();
  } catch (error) {
    if (!(error instanceof NotRecordable)) throw error;
    debug("%s runs op by op: %s", what, error.message);
    return eager();
  }
}
