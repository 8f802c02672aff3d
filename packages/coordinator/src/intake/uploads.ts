import { randomUUID } from "node:crypto";
import {
  type BlobFolder,
  type BlobRef,
  chunkCount,
  type PartialBlob,
  TributaryError,
  type v1,
} from "@tributary/protocol";
import { Gate } from "../gate.js";
import { type Attempt, isOf } from "../sockets/work.js";
import type { IncomingUpdate } from "./incoming-update.js";

/** An update on its way. */
export interface Upload extends Attempt {
  readonly id: string;
  readonly worker: string;
  readonly ref: BlobRef;
  readonly partial: PartialBlob;
  /** What the worker encoded it with; "": it is as it is. */
  readonly codec: string;
  /** What looks through it as it comes; undefined: a codec made it small. */
  readonly incoming: IncomingUpdate | undefined;
  /** Gives its head start back. */
  readonly leave: () => void;
}

/** Uploads that have a head start at once. Fast ones so follow one another, and few chunks are in memory at a time. */
const AHEAD = 2;
/** How long a head start lasts, ms: slow uploads run side by side. */
const HEAD_START_MS = 1_000;
/** Longest wait for a head start, ms. */
const PATIENCE_MS = 5_000;

/** What has come of the updates that are on their way: at most one for each worker. */
export class Uploads {
  readonly #byWorker = new Map<string, Upload>();
  readonly #start = new Gate(AHEAD);

  constructor(private readonly blobs: BlobFolder) {}

  /** Begins an upload, or goes on with it. What another one of this worker left is thrown away. */
  async open(
    worker: string,
    attempt: Attempt,
    ref: BlobRef,
    { codec, incoming }: Pick<Upload, "codec" | "incoming">,
  ): Promise<Upload> {
    const earlier = this.#byWorker.get(worker);
    if (earlier !== undefined && isSame(earlier, attempt, ref)) return earlier;
    await this.discard(worker);
    const leave = await this.#start.enterFor(HEAD_START_MS, PATIENCE_MS);
    const shown = { whole: true, ...(incoming && { onBytes: incoming.take }) };
    const partial = await this.blobs.openPartial(partialId(attempt, worker), ref, shown);
    const { job, round, attempt: number } = attempt;
    const place = { job, round, attempt: number, worker };
    const upload: Upload = { id: randomUUID(), ...place, ref, partial, codec, incoming, leave };
    if (this.#byWorker.has(worker)) {
      leave();
      await partial[Symbol.asyncDispose]();
      throw new TributaryError("conflict", `${worker} opens two uploads at once`);
    }
    this.#byWorker.set(worker, upload);
    return upload;
  }

  /** @throws TributaryError `upload_unknown` */
  get(worker: string, id: string): Upload {
    const upload = this.#byWorker.get(worker);
    if (upload === undefined || upload.id !== id)
      throw new TributaryError("upload_unknown", `${worker} has no such upload open`);
    return upload;
  }

  /** The upload of this blob for this attempt. @throws TributaryError `upload_unknown` */
  find(worker: string, attempt: Attempt, ref: BlobRef): Upload {
    const upload = this.#byWorker.get(worker);
    if (upload === undefined || !isSame(upload, attempt, ref))
      throw new TributaryError("upload_unknown", `${worker} has not uploaded this update`);
    return upload;
  }

  /** Adds a chunk. @returns the next one that is wanted @throws TributaryError `chunk_out_of_range`, `chunk_invalid` */
  async append({ ref, partial, leave }: Upload, { index, data }: v1.UploadChunk): Promise<number> {
    const nextIndex = await partial.append(index, data);
    if (nextIndex === chunkCount(ref.size)) leave();
    return nextIndex;
  }

  /** Forgets a worker's upload and what came of it. */
  async discard(worker: string): Promise<void> {
    await this.#forget(worker)?.partial.discard();
  }

  /** The connection is gone: what came stays on disk, and the upload goes on when the worker is back. */
  async suspend(worker: string): Promise<void> {
    await this.#forget(worker)?.partial[Symbol.asyncDispose]();
  }

  /** Forgets everything that came for an attempt at a round. */
  async close(attempt: Attempt): Promise<void> {
    for (const upload of [...this.#byWorker.values()]) if (isOf(upload, attempt)) await this.discard(upload.worker);
    await this.blobs.discardPartials(partialId(attempt, ""));
  }

  /** Forgets everything that came for a job. */
  async closeJob(job: string): Promise<void> {
    for (const upload of [...this.#byWorker.values()]) if (upload.job === job) await this.discard(upload.worker);
    await this.blobs.discardPartials(`${job}.`);
  }

  #forget(worker: string): Upload | undefined {
    const upload = this.#byWorker.get(worker);
    this.#byWorker.delete(worker);
    upload?.leave();
    return upload;
  }
}

const isSame = (upload: Upload, attempt: Attempt, { digest, size }: BlobRef): boolean =>
  isOf(upload, attempt) && upload.ref.digest === digest && upload.ref.size === size;

const partialId = ({ job, round, attempt }: Attempt, worker: string): string => `${job}.${round}.${attempt}.${worker}`;
