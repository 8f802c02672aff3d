import { BoundsCheck, checkSampleCount, partsOfUpdate, strategyOf, type UpdateMetrics } from "@tributary/federation";
import { type BlobFolder, CHUNK_BYTES, type ErrorCode, readFully, TributaryError, type v1 } from "@tributary/protocol";
import { Gate } from "../gate.js";
import { IncomingUpdate } from "./incoming-update.js";
import type { OpenAttempt } from "./open-attempt.js";
import { parseMetrics } from "./results.js";

/** One blob is read at a time. */
const gate = new Gate(1);
const bounds = new BoundsCheck();

/** What is refused for good: sending the same again would not help. */
const verdicts: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "invalid_message",
  "sample_count_invalid",
  "file_invalid",
  "update_digest_mismatch",
  "update_dtype_mismatch",
  "update_not_finite",
  "update_out_of_range",
  "update_shape_mismatch",
]);

export const isVerdict = ({ code }: TributaryError): boolean => verdicts.has(code);

/** Looks through an update of so many bytes while it arrives. */
export function lookThrough({ graph, spec }: Pick<OpenAttempt["run"], "graph" | "spec">, size: number): IncomingUpdate {
  return new IncomingUpdate(
    size,
    partsOfUpdate(graph, strategyOf(spec).objective.returns),
    spec.admission.maxAbs,
    bounds,
  );
}

/**
 * Decides about an update: that it says as many samples as its worker trains on, of what it held when it was asked, that its metrics
 * make sense, and that its content is the model's parameters and what the strategy wants besides, finite and within bounds.
 *
 * @param incoming what looked through the content as it came; without it, or when it missed some, the blob is read in slices
 * @throws TributaryError one of the verdicts; or `blob_unknown`
 */
export async function admitUpdate(
  blobs: BlobFolder,
  digest: string,
  update: v1.Update,
  { run, samples }: { readonly run: Parameters<typeof lookThrough>[0]; readonly samples: number },
  incoming?: IncomingUpdate,
): Promise<{ readonly samples: number; readonly metrics: UpdateMetrics }> {
  checkSampleCount(update.samples, samples);
  const metrics = parseMetrics(update.metrics);
  if (!incoming?.passed()) await gate.run(() => readThrough(blobs, digest, run));
  return { samples, metrics };
}

/** As while it arrives: what is read has memory of its own, since the slice of `bounds` is others' whenever this waits. */
async function readThrough(blobs: BlobFolder, digest: string, run: Parameters<typeof lookThrough>[0]): Promise<void> {
  await using blob = await blobs.openRead(digest);
  const update = lookThrough(run, blob.size);
  const memory = new Uint8Array(CHUNK_BYTES);
  // Also of a blob of no bytes.
  update.take(memory.subarray(0, 0), 0);
  for (let at = 0; at < blob.size; at += memory.byteLength) {
    const bytes = memory.subarray(0, blob.size - at);
    await readFully(blob, bytes, at);
    update.take(bytes, at);
  }
  update.passed();
}

/** The digest that an update was announced with is part of what it says of itself. */
export const asUpdateError = (error: TributaryError): TributaryError =>
  error.code === "digest_mismatch"
    ? new TributaryError("update_digest_mismatch", error.message, { cause: error })
    : error;
