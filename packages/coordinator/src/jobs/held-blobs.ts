import { heldUpdates, type JobState } from "@tributary/federation";
import { claimantOf, modelClaimant } from "./blob-claims.js";

interface Held {
  readonly claimant: string;
  readonly digest: string;
}

/** The blobs that a job holds which is not over, besides its model versions: accepted updates, and the model as it is sent. */
export function heldBy(job: string, state: JobState): Held[] {
  const packed = state.model?.packed;
  const sent = packed === undefined ? [] : [{ claimant: modelClaimant(job), digest: packed.digest }];
  return [...sent, ...heldUpdatesOf(job, state)];
}

function heldUpdatesOf(job: string, state: JobState): Held[] {
  const held = state.phase.kind === "paused" ? state.phase.held : state.phase;
  return heldUpdates(state).flatMap(({ worker, digest, began }) => {
    if (began !== undefined) return [{ claimant: claimantOf({ job, ...began }, worker), digest }];
    return "attempt" in held ? [{ claimant: claimantOf({ job, ...held }), digest }] : [];
  });
}
