import { EventEmitter } from "node:events";
import type { JobNotice } from "@tributary/federation";

export type ProgressNotice = Extract<JobNotice, { type: "progress" }>["data"];

/** Tells listeners that a job changed, and what its workers say while they work. What changed is read from the store. */
export class Notices {
  readonly #emitter = new EventEmitter<Record<string, [progress?: ProgressNotice]>>().setMaxListeners(0);

  changed(job: string): void {
    this.#emitter.emit(job);
  }

  progressed(progress: ProgressNotice): void {
    this.#emitter.emit(progress.job, progress);
  }

  /** @returns how to stop listening */
  listen(job: string, listener: (progress?: ProgressNotice) => void): () => void {
    this.#emitter.on(job, listener);
    return () => this.#emitter.off(job, listener);
  }
}
