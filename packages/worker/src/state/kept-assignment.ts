import { join } from "node:path";
import { v1 } from "@tributary/protocol";
import type { Logger } from "pino";
import { z } from "zod";
import { nameOf, type TrainingWork, type Work } from "../work.js";
import { StateFile } from "./state-file.js";

/** The line before the message. */
const headSchema = z.object({
  /** Address of the coordinator that asks. */
  coordinator: z.string(),
  /** When the assignment's time is over, ms since 1970. */
  until: z.number(),
});

/**
 * The training that was asked of this worker and is not answered: one that is started again goes on with it at once, before
 * it has a connection, and so loses no time when the coordinator is away, too.
 */
export class KeptAssignment {
  readonly #file: StateFile;
  /** Name of the work that is kept; undefined: it was before this process. */
  #kept: string | undefined;

  constructor(
    folder: string,
    private readonly coordinator: string,
    private readonly log: Logger,
  ) {
    this.#file = new StateFile(join(folder, "assignment"));
  }

  async keep(work: TrainingWork, assignment: v1.Assignment): Promise<void> {
    this.#kept = nameOf(work);
    const head = { coordinator: this.coordinator, until: Date.now() + work.deadlineMs };
    try {
      await this.#file.write([Buffer.from(`${JSON.stringify(head)}\n`), v1.Assignment.encode(assignment).finish()]);
    } catch (error) {
      this.log.warn({ err: error }, "the assignment can't be kept");
    }
  }

  /** What is to be done still. One whose time is over, and what can't be read, is none. */
  async find(): Promise<v1.Assignment | undefined> {
    const kept = await this.#file.read();
    const end = kept?.indexOf("\n") ?? -1;
    if (kept === undefined || end < 0) return undefined;
    try {
      const { coordinator, until } = headSchema.parse(JSON.parse(kept.subarray(0, end).toString()));
      if (coordinator !== this.coordinator || until < Date.now()) return undefined;
      return v1.Assignment.decode(kept.subarray(end + 1));
    } catch {
      return undefined;
    }
  }

  /** The work is answered, or wanted no more. */
  async drop(work: Work): Promise<void> {
    if (this.#kept !== undefined && this.#kept !== nameOf(work)) return;
    await this.#file
      .remove()
      .catch((error: unknown) => this.log.warn({ err: error }, "an assignment can't be removed"));
  }
}
