import { type BlobRef, CHUNK_TIMEOUT_MS, reached, uploadBlob, type v1, wireBlobRef } from "@tributary/protocol";
import { type CountedTransfer, callOptions } from "./models.js";
import type { WorkerChannel } from "./session.js";

/** A finished update that waits for its acknowledgement. */
export interface FinishedUpdate {
  /** What it is encoded with; "": it is as it is. */
  readonly codec: string;
  readonly ref: BlobRef;
  readonly bytes: Uint8Array;
  /** That were trained on. */
  readonly samples: number;
  readonly metrics: v1.TrainingMetrics.$Properties;
}

/** Names the round's attempt that an update belongs to. */
export interface Attempt {
  readonly job: string;
  readonly round: number;
  readonly attempt: number;
}

/**
 * Sends the parameters in chunks, from where an earlier try stopped, then the update that names them. Sending the same update
 * again is harmless: it counts once.
 *
 * @throws TributaryError `disconnected`, `aborted`, and what the coordinator refuses it with
 */
export async function sendUpdate(
  { job, round, attempt }: Attempt,
  { ref, bytes, codec, samples, metrics }: FinishedUpdate,
  channel: WorkerChannel,
  options: CountedTransfer,
): Promise<void> {
  const began = performance.now();
  const blob = wireBlobRef(ref);
  const call = callOptions(options);
  await uploadBlob(
    ref,
    {
      open: () => channel.call("uploadOpen", { job, round, attempt, blob, codec }, call),
      async send(upload, index, data) {
        const state = await channel.call(
          "uploadChunk",
          { upload, index, data },
          { ...call, timeoutMs: CHUNK_TIMEOUT_MS },
        );
        options.onBytes?.(data.byteLength);
        return state;
      },
      read: async (start, end) => bytes.subarray(start, end),
    },
    {
      ...options,
      onProgress(done, total) {
        reached("uploading", { round, done });
        options.onProgress?.(done, total);
      },
    },
  );
  reached("uploaded", { round });
  const uploadMs = Math.round(performance.now() - began);
  const acknowledgement = channel.call(
    "update",
    { job, round, attempt, parameters: blob, codec, samples, metrics: { ...metrics, uploadMs } },
    call,
  );
  // Once the socket has it: a kill before that would be one before it was sent.
  setImmediate(reached, "update-sent", { round });
  await acknowledgement;
  reached("acknowledged", { round });
}
