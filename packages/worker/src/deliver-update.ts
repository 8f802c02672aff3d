import { codecLabel } from "@tributary/federation";
import type { Course, RoundContext } from "./round-context.js";
import { type FinishedUpdate, sendUpdate } from "./uploads.js";
import type { TrainingWork } from "./work.js";

/** Sends a finished update, and counts its bytes and that it was accepted. @throws TributaryError as `sendUpdate` */
export async function deliverUpdate(
  work: TrainingWork,
  update: FinishedUpdate,
  { progress, signal }: Pick<Course, "progress" | "signal">,
  { session, metrics }: Pick<RoundContext, "session" | "metrics">,
): Promise<void> {
  const codec = codecLabel(update.codec || undefined);
  await sendUpdate(work, update, session.channel, {
    signal,
    messages: session.messages,
    onBytes: (count) => metrics.bytes.inc({ direction: "up", codec }, count),
    onProgress: (done, total) => progress.tell("upload", done, total),
  });
  metrics.updatesAccepted.inc();
}
