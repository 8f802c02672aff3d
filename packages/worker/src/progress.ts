import type { WorkerChannel } from "./session.js";
import type { Attempt } from "./uploads.js";

/** Reports are this far apart at least, ms. */
const INTERVAL_MS = 250;

/** Tells the coordinator how far the work is; a report that does not arrive is not sent again. */
export class ProgressReports {
  #last = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly channel: WorkerChannel,
    private readonly attempt: Attempt,
  ) {}

  /** `phase` is download, train, evaluate or upload. */
  tell(phase: string, done: number, total: number, loss = Number.NaN): void {
    const now = performance.now();
    if (done < total && now - this.#last < INTERVAL_MS) return;
    this.#last = now;
    const { job, round, attempt } = this.attempt;
    this.channel.call("progress", { job, round, attempt, phase, done, total, loss }).catch(() => undefined);
  }
}
