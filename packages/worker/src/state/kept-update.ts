import { join } from "node:path";
import { digestOf, hex } from "@tributary/protocol";
import type { Logger } from "pino";
import { z } from "zod";
import type { FinishedUpdate } from "../uploads.js";
import type { TrainingWork } from "../work.js";
import { StateFile } from "./state-file.js";

const count = z.int().min(0);
const headSchema = z.object({
  /** Names the assignment that it is the answer to. */
  of: z.string(),
  digest: z.string(),
  codec: z.string(),
  samples: count,
  metrics: z.object({
    loss: z.number(),
    accuracy: z.number(),
    batches: count,
    samplesSeen: count,
    downloadMs: count,
    trainMs: count,
  }),
});

/** What an update depends on: the same assignment asked again, of the same shard, has the same answer. */
const questionOf = ({ job, round, attempt, seed, model }: TrainingWork, samples: number): string =>
  [job, round, attempt, seed, model.digest, samples].join("/");

/**
 * The finished update that nobody has acknowledged yet: a worker that is killed after training sends it when it is started
 * again, and does not train again. One at a time; it goes when it is acknowledged or the next one is kept.
 */
export class KeptUpdate {
  readonly #file: StateFile;

  constructor(
    folder: string,
    /** Samples of the shard. */
    private readonly samples: number,
    private readonly log: Logger,
  ) {
    this.#file = new StateFile(join(folder, "update"));
  }

  /** Keeps an update. What the disk refuses is logged: the update is sent all the same. */
  async keep(work: TrainingWork, { ref, bytes, codec, samples, metrics }: FinishedUpdate): Promise<void> {
    const head = { of: questionOf(work, this.samples), digest: ref.digest, codec, samples, metrics };
    try {
      await this.#file.write([Buffer.from(`${JSON.stringify(head)}\n`), bytes]);
    } catch (error) {
      this.log.warn({ err: error }, "the finished update can't be kept; a worker that is killed now trains it again");
    }
  }

  /** The kept answer to an assignment, whole and undamaged, if there is one. */
  async answerTo(work: TrainingWork): Promise<FinishedUpdate | undefined> {
    const kept = await this.#file.read();
    const end = kept?.indexOf("\n") ?? -1;
    if (kept === undefined || end < 0) return undefined;
    const head = readHead(kept.subarray(0, end).toString());
    if (head === undefined || head.of !== questionOf(work, this.samples)) return undefined;
    const bytes = kept.subarray(end + 1);
    if (hex(digestOf(bytes)) !== head.digest) return undefined;
    const { digest, codec, samples, metrics } = head;
    return { ref: { digest, size: bytes.byteLength }, bytes, codec, samples, metrics };
  }

  /** It is acknowledged, or wanted no more. */
  async drop(): Promise<void> {
    await this.#file
      .remove()
      .catch((error: unknown) => this.log.warn({ err: error }, "a kept update can't be removed"));
  }
}

function readHead(text: string): z.output<typeof headSchema> | undefined {
  try {
    return headSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
