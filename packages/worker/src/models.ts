import {
  BlobFolder,
  type BlobRef,
  CHUNK_TIMEOUT_MS,
  chunkRange,
  digestOf,
  downloadBlob,
  type ErrorCode,
  hex,
  reached,
  type TransferOptions,
  TributaryError,
  toTributaryError,
  wireBlobRef,
} from "@tributary/protocol";
import type { Logger } from "pino";
import type { WorkerChannel } from "./session.js";

/** Models that stay on disk after they were used. */
const KEPT = 3;
/** The coordinator has no such bytes any more, or they are not what they should be. */
const UNUSABLE: readonly ErrorCode[] = ["blob_unknown", "digest_mismatch", "file_invalid", "update_not_finite"];

/** Few bytes that a blob can be made of. */
export interface PackedBlob {
  readonly ref: BlobRef;
  /** @throws TributaryError when they are no such bytes */
  readonly unpack: (bytes: Uint8Array) => Uint8Array;
}

export interface CountedTransfer extends TransferOptions {
  /** Told how many bytes have crossed the network. */
  readonly onBytes?: (bytes: number) => void;
}

export interface FetchOptions extends TransferOptions {
  /** Told how many bytes have crossed the network, and whether they are of the packed blob. */
  readonly onBytes?: (bytes: number, isPacked: boolean) => void;
  /** Absent: the blob travels as it is. */
  readonly packed?: PackedBlob | undefined;
}

/** The models that were downloaded, by digest: one is fetched once, and a fetch that broke off goes on. */
export class Models {
  /** The latest used last. */
  #used: string[] = [];
  /** The latest one, in memory: evaluating, validating and training ask for the same model one after the other. */
  #latest: { readonly digest: string; readonly bytes: Uint8Array } | undefined;

  private constructor(
    private readonly blobs: BlobFolder,
    private readonly log: Logger,
  ) {}

  static async open(folder: string, log: Logger): Promise<Models> {
    const models = new Models(await BlobFolder.open(folder, { durable: false }), log);
    models.#used = await models.blobs.list();
    return models;
  }

  /**
   * The model's bytes, from memory, from disk or from the coordinator. They are not to be changed.
   * @throws TributaryError `disconnected`, `aborted`, `digest_mismatch`, and what the coordinator refuses with
   */
  async fetch(
    ref: BlobRef,
    channel: WorkerChannel,
    { packed, onBytes, ...transfer }: FetchOptions,
  ): Promise<Uint8Array> {
    const counting = (isPacked: boolean): CountedTransfer => ({
      ...transfer,
      onBytes: (bytes) => onBytes?.(bytes, isPacked),
    });
    if (this.#latest?.digest === ref.digest) return this.#latest.bytes;
    // Two are not held at once.
    this.#latest = undefined;
    const came =
      (await this.#kept(ref)) ??
      (packed && (await this.#unpacked(ref, packed, channel, counting(true)))) ??
      (await this.#download(ref, channel, counting(false)));
    await this.#keepLatest(ref.digest);
    const bytes = came ?? (await this.blobs.read(ref.digest));
    this.#latest = { digest: ref.digest, bytes };
    return bytes;
  }

  /** A model from disk. One that was damaged there, as a loss of power may, is as good as none. */
  async #kept({ digest }: BlobRef): Promise<Uint8Array | undefined> {
    if (!(await this.blobs.has(digest))) return undefined;
    try {
      return await this.blobs.read(digest);
    } catch (error) {
      if (!(error instanceof TributaryError) || error.code !== "digest_mismatch") throw error;
      await this.blobs.delete(digest);
      return undefined;
    }
  }

  /** The blob, made of few bytes and verified; undefined when it can't be: then it is fetched as it is. */
  async #unpacked(
    { digest }: BlobRef,
    { ref, unpack }: PackedBlob,
    channel: WorkerChannel,
    options: CountedTransfer,
  ): Promise<Uint8Array | undefined> {
    try {
      const bytes = unpack((await this.#download(ref, channel, options)) ?? (await this.blobs.read(ref.digest)));
      if (hex(digestOf(bytes)) !== digest)
        throw new TributaryError("digest_mismatch", `what was unpacked does not match ${digest}`);
      await this.blobs.write(bytes);
      return bytes;
    } catch (thrown) {
      const error = toTributaryError(thrown);
      if (!UNUSABLE.includes(error.code)) throw error;
      this.log.warn(
        { code: error.code, reason: error.message },
        "the packed model is of no use; it is fetched as it is",
      );
      return undefined;
    } finally {
      await this.blobs.delete(ref.digest);
    }
  }

  /** @returns the bytes, verified; undefined when some of them had come before */
  async #download(ref: BlobRef, channel: WorkerChannel, options: CountedTransfer): Promise<Uint8Array | undefined> {
    const { digest } = wireBlobRef(ref);
    await using partial = await this.blobs.openPartial("download", ref);
    const bytes = partial.nextIndex === 0 ? new Uint8Array(ref.size) : undefined;
    const sink = {
      nextIndex: partial.nextIndex,
      append(index: number, chunk: Uint8Array) {
        bytes?.set(chunk, chunkRange(ref.size, index).start);
        return partial.append(index, chunk);
      },
      finish: () => partial.finish(),
    };
    const call = { ...callOptions(options), timeoutMs: CHUNK_TIMEOUT_MS };
    const request = async (index: number, count: number) => {
      const { data } = await channel.call("chunk", { digest, index, count }, call);
      options.onBytes?.(data.byteLength);
      return data;
    };
    const onProgress = (done: number, total: number) => {
      reached("downloading", { digest: ref.digest, done });
      options.onProgress?.(done, total);
    };
    await downloadBlob(ref, { request, sink }, { ...options, onProgress });
    return bytes;
  }

  async #keepLatest(digest: string): Promise<void> {
    this.#used = [...this.#used.filter((other) => other !== digest), digest];
    for (const old of this.#used.splice(0, Math.max(0, this.#used.length - KEPT))) await this.blobs.delete(old);
  }
}

/** What a transfer's options mean for each of its calls. */
export const callOptions = ({ signal, messages }: TransferOptions) => ({
  ...(signal && { signal }),
  ...(messages && { onDamaged: () => messages.failed() }),
});
