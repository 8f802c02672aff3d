import type { ParameterSet } from "@tributary/protocol";
import type { Backend } from "../backend/backend.js";
import { CompiledForward } from "../compile/compiled-forward.js";
import { compiling } from "../compile/compiling.js";
import type { Program } from "../graph/program.js";
import { EagerForward, type ForwardPass, type PassLoss } from "./eager-forward.js";

export interface ForwardOptions {
  readonly loss?: PassLoss;
  /** Whether these parameters will be used many times: they are then prepared for it, which takes longer. Default false. */
  readonly isLasting?: boolean;
}

/**
 * A forward pass for this program: recorded once and replayed where the backend can do that, else interpreted.
 * @throws TributaryError `shape_mismatch` when the parameters are not the graph's
 */
export function openForward(
  backend: Backend,
  program: Program,
  parameters: ParameterSet,
  { loss, isLasting = false }: ForwardOptions = {},
): ForwardPass {
  const native = compiling(backend);
  if (native === undefined) return new EagerForward(backend, program, loss, parameters);
  return new CompiledForward(backend, native, program, { loss, isLasting }, parameters);
}
