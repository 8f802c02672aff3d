import {
  BoundsCheck,
  checkSampleCount,
  ParameterAdmission,
  partsOfUpdate,
  strategyOf,
  type UpdateMetrics,
} from "@tributary/federation";
import { type BlobFolder, type ErrorCode, TributaryError, type v1, walkParameters } from "@tributary/protocol";
import { Gate } from "../gate.js";
import { IncomingUpdate } from "./incoming-update.js";
import type { OpenAttempt } from "./open-attempt.js";
import { parseMetrics } from "./results.js";

/** One blob is looked through at a time, in one piece of memory. */
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
export function lookThrough({ graph, spec }: OpenAttempt["run"], size: number): IncomingUpdate {
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
  { run, samples }: Pick<OpenAttempt, "run" | "samples">,
  incoming?: IncomingUpdate,
): Promise<{ readonly samples: number; readonly metrics: UpdateMetrics }> {
  checkSampleCount(update.samples, samples);
  const metrics = parseMetrics(update.metrics);
  if (!incoming?.passed()) await gate.run(() => readThrough(blobs, digest, run));
  return { samples, metrics };
}

async function readThrough(blobs: BlobFolder, digest: string, { graph, spec }: OpenAttempt["run"]): Promise<void> {
  await using blob = await blobs.openRead(digest);
  const admission = new ParameterAdmission(
    partsOfUpdate(graph, strategyOf(spec).objective.returns),
    spec.admission.maxAbs,
    bounds,
  );
  for await (const { name, shape, slices } of walkParameters(blob, bounds.slice)) {
    admission.parameter(name, shape);
    for await (const values of slices()) admission.values(values);
  }
  admission.end();
}

/** The digest that an update was announced with is part of what it says of itself. */
export const asUpdateError = (error: TributaryError): TributaryError =>
  error.code === "digest_mismatch"
    ? new TributaryError("update_digest_mismatch", error.message, { cause: error })
    : error;
