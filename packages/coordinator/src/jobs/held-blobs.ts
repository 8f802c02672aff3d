import { heldUpdates, type JobState } from "@tributary/federation";
import { claimantOf } from "./blob-claims.js";

/** The blobs of the accepted updates that a job holds which is not over, and who claims them. */
export function heldBy(job: string, state: JobState): { readonly claimant: string; readonly digest: string }[] {
  const held = state.phase.kind === "paused" ? state.phase.held : state.phase;
  return heldUpdates(state).flatMap(({ worker, digest, began }) => {
    if (began !== undefined) return [{ claimant: claimantOf({ job, ...began }, worker), digest }];
    return "attempt" in held ? [{ claimant: claimantOf({ job, ...held }), digest }] : [];
  });
}
