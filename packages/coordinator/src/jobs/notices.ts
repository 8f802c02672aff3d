import { EventEmitter } from "node:events";
import type { JobLogLine, JobNotice, JobView } from "@tributary/federation";
import type { JobChange } from "./live-job.js";

export type ProgressNotice = Extract<JobNotice, { type: "progress" }>["data"];

/** What becomes known of a job: what a step changed, what one of its workers says while it works, or warns of. */
export type Told =
  | { readonly kind: "change"; readonly change: JobChange }
  | { readonly kind: "progress"; readonly progress: ProgressNotice }
  | { readonly kind: "log"; readonly line: JobLogLine };

/** How a job looks now, made when somebody asks. */
export type JobNow = () => JobView;

/** Tells listeners what changes in a job, and what its workers say while they work. */
export class Notices {
  readonly #emitter = new EventEmitter<Record<string, [told: Told]>>().setMaxListeners(0);
  readonly #ofAll = new EventEmitter<{
    job: [id: string, now: JobNow, change: JobChange | undefined];
  }>().setMaxListeners(0);

  submitted(view: JobView): void {
    this.#ofAll.emit("job", view.id, () => view, undefined);
  }

  changed(job: string, change: JobChange): void {
    this.#ofAll.emit("job", job, change.view, change);
    this.#emitter.emit(job, { kind: "change", change });
  }

  progressed(progress: ProgressNotice): void {
    this.#emitter.emit(progress.job, { kind: "progress", progress });
  }

  logged(job: string, line: JobLogLine): void {
    this.#emitter.emit(job, { kind: "log", line });
  }

  /** Told when any job was submitted or changed; `change` is undefined for one that was submitted. */
  listenToAll(listener: (id: string, now: JobNow, change: JobChange | undefined) => void): void {
    this.#ofAll.on("job", listener);
  }

  /** @returns how to stop listening */
  listen(job: string, listener: (told: Told) => void): () => void {
    this.#emitter.on(job, listener);
    return () => this.#emitter.off(job, listener);
  }
}
