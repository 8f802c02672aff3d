import {
  BlobFolder,
  type BlobRef,
  CHUNK_TIMEOUT_MS,
  downloadBlob,
  reached,
  type TransferOptions,
  wireBlobRef,
} from "@tributary/protocol";
import type { WorkerChannel } from "./session.js";

/** Models that stay on disk after they were used. */
const KEPT = 3;

/** The models that were downloaded, by digest: one is fetched once, and a fetch that broke off goes on. */
export class Models {
  /** The latest used last. */
  #used: string[] = [];

  private constructor(private readonly blobs: BlobFolder) {}

  static async open(folder: string): Promise<Models> {
    const models = new Models(await BlobFolder.open(folder));
    models.#used = await models.blobs.list();
    return models;
  }

  /**
   * The model's bytes, from disk or from the coordinator.
   * @throws TributaryError `disconnected`, `aborted`, `digest_mismatch`, and what the coordinator refuses with
   */
  async fetch(ref: BlobRef, channel: WorkerChannel, options: TransferOptions): Promise<Uint8Array> {
    if (!(await this.blobs.has(ref.digest))) await this.#download(ref, channel, options);
    await this.#keepLatest(ref.digest);
    return this.blobs.read(ref.digest);
  }

  async #download(ref: BlobRef, channel: WorkerChannel, options: TransferOptions): Promise<void> {
    const { digest } = wireBlobRef(ref);
    await using sink = await this.blobs.openPartial("download", ref);
    const request = async (index: number) =>
      (await channel.call("chunk", { digest, index }, { ...callOptions(options), timeoutMs: CHUNK_TIMEOUT_MS })).data;
    const onProgress = (done: number, total: number) => {
      reached("downloading", { digest: ref.digest, done });
      options.onProgress?.(done, total);
    };
    await downloadBlob(ref, { request, sink }, { ...options, onProgress });
  }

  async #keepLatest(digest: string): Promise<void> {
    this.#used = [...this.#used.filter((other) => other !== digest), digest];
    for (const old of this.#used.splice(0, Math.max(0, this.#used.length - KEPT))) await this.blobs.delete(old);
  }
}

export const callOptions = ({ signal }: TransferOptions) => (signal ? { signal } : {});
