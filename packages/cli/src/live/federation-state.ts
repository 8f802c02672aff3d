import type { FederationNotice, JobView, WorkerView } from "@tributary/federation";

/** Who is there and what jobs do, as a stream of the federation tells it. */
export class FederationState {
  #workers = new Map<string, WorkerView>();
  #jobs = new Map<string, JobView>();
  /** What is told anew, until it is all there: meanwhile the old holds. */
  #next: { readonly workers: Map<string, WorkerView>; readonly jobs: Map<string, JobView> } | undefined;
  #isTold = false;

  take(notice: FederationNotice): void {
    const { workers, jobs } = this.#next ?? { workers: this.#workers, jobs: this.#jobs };
    switch (notice.type) {
      case "worker":
        workers.set(notice.data.name, notice.data);
        return;
      case "job":
        jobs.set(notice.data.id, notice.data);
        return;
      case "forgotten":
        workers.delete(notice.data.name);
        return;
      case "reset":
        this.#next = { workers: new Map(), jobs: new Map() };
        return;
      case "ready":
        this.#workers = workers;
        this.#jobs = jobs;
        this.#next = undefined;
        this.#isTold = true;
        return;
      case "audit":
        return;
      default:
        notice satisfies never;
    }
  }

  /** Whether the present state has been told once. */
  get isTold(): boolean {
    return this.#isTold;
  }

  get workers(): readonly WorkerView[] {
    return [...this.#workers.values()];
  }

  get jobs(): readonly JobView[] {
    return [...this.#jobs.values()];
  }
}
