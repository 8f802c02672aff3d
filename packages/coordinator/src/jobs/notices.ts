import { EventEmitter } from "node:events";
import type { JobNotice } from "@tributary/federation";
import type { JobChange } from "./live-job.js";

export type ProgressNotice = Extract<JobNotice, { type: "progress" }>["data"];

/** What becomes known of a job: what a step changed, or what one of its workers says while it works. */
export type Told =
  | { readonly kind: "change"; readonly change: JobChange }
  | { readonly kind: "progress"; readonly progress: ProgressNotice };

/** Tells listeners what changes in a job, and what its workers say while they work. */
export class Notices {
  readonly #emitter = new EventEmitter<Record<string, [told: Told]>>().setMaxListeners(0);

  changed(job: string, change: JobChange): void {
    this.#emitter.emit(job, { kind: "change", change });
  }

  progressed(progress: ProgressNotice): void {
    this.#emitter.emit(progress.job, { kind: "progress", progress });
  }

  /** @returns how to stop listening */
  listen(job: string, listener: (told: Told) => void): () => void {
    this.#emitter.on(job, listener);
    return () => this.#emitter.off(job, listener);
  }
}
