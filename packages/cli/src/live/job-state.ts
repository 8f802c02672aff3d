import type { JobNotice, JobView } from "@tributary/federation";
import type { Absence } from "./connection.js";
import { FederationState } from "./federation-state.js";
import { inOrder, type RoundRow, rowOf } from "./round-row.js";

/** What a screen shows of one job. */
export class JobState {
  readonly federation = new FederationState();
  readonly #rows: RoundRow[] = [];
  gone: Absence | undefined;
  /** Whether a person is being asked whether to cancel it. */
  isAsking = false;
  /** What the last wish of a person came to. */
  said: string | undefined;

  constructor(public job: JobView) {}

  take(notice: JobNotice): void {
    if (notice.type === "job") this.job = notice.data;
    if (notice.type !== "round") return;
    const row = rowOf(notice.data);
    const at = this.#rows.findLastIndex((each) => inOrder(each, row) <= 0);
    const before = this.#rows[at];
    if (before !== undefined && inOrder(before, row) === 0) this.#rows[at] = row;
    else this.#rows.splice(at + 1, 0, row);
  }

  /** All attempts at rounds, in order. */
  get rows(): readonly RoundRow[] {
    return this.#rows;
  }
}
