import type { JobNotice, JobView } from "@tributary/federation";
import type { Absence } from "./connection.js";
import { FederationState } from "./federation-state.js";
import { type RoundRow, rowOf } from "./round-row.js";

/** What a screen shows of one job. */
export class JobState {
  readonly federation = new FederationState();
  readonly #rows = new Map<string, RoundRow>();
  #sorted: readonly RoundRow[] | undefined;
  gone: Absence | undefined;
  /** Whether a person is being asked whether to cancel it. */
  isAsking = false;
  /** What the last wish of a person came to. */
  said: string | undefined;

  constructor(public job: JobView) {}

  take(notice: JobNotice): void {
    if (notice.type === "job") this.job = notice.data;
    if (notice.type !== "round") return;
    this.#rows.set(`${notice.data.number}.${notice.data.attempt}`, rowOf(notice.data));
    this.#sorted = undefined;
  }

  /** All attempts at rounds, in order. */
  get rows(): readonly RoundRow[] {
    this.#sorted ??= [...this.#rows.values()].sort(
      (one, other) => one.number - other.number || one.attempt - other.attempt,
    );
    return this.#sorted;
  }
}
