import { personalModelIn } from "@tributary/federation";
import type { ParameterSet } from "@tributary/protocol";

/** What virtual workers keep from one of their rounds to the next, and the models of their own. */
export class WorkersOwn {
  /** With the last of their updates that counted, by worker. */
  readonly kept = new Map<string, ParameterSet>();
  /** With updates of the round under way, which count when it makes a model. */
  readonly #next = new Map<string, ParameterSet>();
  /** What they made of the last model. */
  readonly #made = new Map<string, ParameterSet>();

  /** An attempt at a round begins: what was kept for the one before came to nothing. */
  open(): void {
    this.#next.clear();
  }

  /** Kept with an update that counts, or does when the round makes a model. */
  keep(worker: string, kept: ParameterSet, counts: "now" | "with the model"): void {
    if (kept.length > 0) (counts === "now" ? this.kept : this.#next).set(worker, kept);
  }

  /** The round made a model. */
  commit(): void {
    for (const [worker, kept] of this.#next) this.kept.set(worker, kept);
  }

  /** The model that a worker made of the last one, at the end of the job. */
  made(worker: string, model: ParameterSet): void {
    this.#made.set(worker, model);
  }

  /** The workers' own models, of those that have one. */
  get models(): ReadonlyMap<string, ParameterSet> {
    if (this.#made.size > 0) return this.#made;
    return new Map(
      [...this.kept].flatMap(([worker, kept]) => {
        const model = personalModelIn(kept);
        return model === undefined ? [] : [[worker, model] as const];
      }),
    );
  }
}
