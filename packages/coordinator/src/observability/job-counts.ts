import { isOver } from "@tributary/federation";
import type { JobRecord } from "../store/records.js";

type Status = JobRecord["status"];

/** How many jobs there are that are not over, by status: kept in memory, so that nobody has to ask the store for it. */
export class JobCounts {
  readonly #statuses = new Map<string, Status>();

  seen(job: string, status: Status): void {
    if (isOver(status)) this.#statuses.delete(job);
    else this.#statuses.set(job, status);
  }

  of(status: Status): number {
    return [...this.#statuses.values()].filter((other) => other === status).length;
  }
}
