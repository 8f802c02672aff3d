import { randomUUID } from "node:crypto";
import {
  type BlobFolder,
  type BlobRef,
  chunkRange,
  type PartialBlob,
  TributaryError,
  type v1,
} from "@tributary/protocol";
import { type Attempt, isOf } from "../sockets/work.js";

/** An update on its way. */
export interface Upload extends Attempt {
  readonly id: string;
  readonly worker: string;
  readonly ref: BlobRef;
  readonly partial: PartialBlob;
}

/** What has come of the updates that are on their way: at most one for each worker. */
export class Uploads {
  readonly #byWorker = new Map<string, Upload>();

  constructor(private readonly blobs: BlobFolder) {}

  /** Begins an upload, or goes on with it. What another one of this worker left is thrown away. */
  async open(worker: string, attempt: Attempt, ref: BlobRef): Promise<Upload> {
    const earlier = this.#byWorker.get(worker);
    if (earlier !== undefined && isSame(earlier, attempt, ref)) return earlier;
    this.#byWorker.delete(worker);
    await earlier?.partial.discard();
    const partial = await this.blobs.openPartial(partialId(attempt, worker), ref);
    const { job, round, attempt: number } = attempt;
    const upload: Upload = { id: randomUUID(), job, round, attempt: number, worker, ref, partial };
    const faster = this.#byWorker.get(worker);
    if (faster !== undefined) {
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

  /** Forgets a worker's upload and what came of it. */
  async discard(worker: string): Promise<void> {
    const upload = this.#byWorker.get(worker);
    this.#byWorker.delete(worker);
    await upload?.partial.discard();
  }

  /** The connection is gone: what came stays on disk, and the upload goes on when the worker is back. */
  async suspend(worker: string): Promise<void> {
    const upload = this.#byWorker.get(worker);
    this.#byWorker.delete(worker);
    await upload?.partial[Symbol.asyncDispose]();
  }

  /** Forgets everything that came for an attempt at a round. */
  async close(attempt: Attempt): Promise<void> {
    for (const upload of [...this.#byWorker.values()]) if (isOf(upload, attempt)) await this.discard(upload.worker);
    await this.blobs.discardPartials(partialId(attempt, ""));
  }
}

/** Adds a chunk. @returns the next one that is wanted @throws TributaryError `chunk_out_of_range`, `chunk_invalid` */
export async function appendChunk({ ref, partial }: Upload, { index, data }: v1.UploadChunk): Promise<number> {
  const { start, end } = chunkRange(ref.size, index);
  if (data.byteLength !== end - start)
    throw new TributaryError("chunk_invalid", `chunk ${index} has ${data.byteLength} bytes, not ${end - start}`);
  return partial.append(index, data);
}

const isSame = (upload: Upload, attempt: Attempt, { digest, size }: BlobRef): boolean =>
  isOf(upload, attempt) && upload.ref.digest === digest && upload.ref.size === size;

const partialId = ({ job, round, attempt }: Attempt, worker: string): string => `${job}.${round}.${attempt}.${worker}`;
