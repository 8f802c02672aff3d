import { createHash, randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { TributaryError } from "../errors.js";
import { digestOf, hex } from "../parameters.js";
import type { BlobRef } from "./chunks.js";
import { syncFolder, writeFully } from "./files.js";
import { PartialBlob } from "./partial-blob.js";

const DIGEST = /^[0-9a-f]{64}$/;
const PARTIAL_ID = /^[A-Za-z0-9._-]{1,200}$/;

/** An open blob. */
export interface BlobReader extends AsyncDisposable {
  readonly size: number;
  /** Fills `target` from `position` on; returns how many bytes there were. */
  readInto(target: Uint8Array, position: number): Promise<number>;
}

/**
 * A folder of immutable blobs, each named by its SHA-256. A blob is written beside, synced, and renamed into its place, so
 * that it is there whole or not at all, also after a loss of power. Blobs are read and received in parts: memory does not
 * grow with their size.
 */
export class BlobFolder {
  private constructor(private readonly folder: string) {}

  /** @throws TributaryError `store_failed` when the folder cannot be made */
  static async open(folder: string): Promise<BlobFolder> {
    try {
      await mkdir(join(folder, "partial"), { recursive: true });
      await rm(join(folder, "temporary"), { recursive: true, force: true });
      await mkdir(join(folder, "temporary"));
    } catch (cause) {
      throw new TributaryError("store_failed", `the folder ${folder} cannot be used`, { cause });
    }
    return new BlobFolder(folder);
  }

  /** Keeps bytes, or parts of bytes in their order. Durable when it settles. */
  async write(content: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<BlobRef> {
    const path = join(this.folder, "temporary", randomUUID());
    const hash = createHash("sha256");
    let size = 0;
    const file = await open(path, "wx");
    try {
      for await (const part of content instanceof Uint8Array ? [content] : content) {
        hash.update(part);
        await writeFully(file, part, size);
        size += part.byteLength;
      }
      await file.sync();
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    const digest = hash.digest("hex");
    await this.place(path, digest);
    return { digest, size };
  }

  /** Whether the blob is there, whole. */
  async has(digest: string): Promise<boolean> {
    return (await this.size(digest)) !== undefined;
  }

  /** Bytes; undefined when it is not there. */
  async size(digest: string): Promise<number | undefined> {
    try {
      return (await stat(this.pathOf(digest))).size;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** @throws TributaryError `blob_unknown` */
  async openRead(digest: string): Promise<BlobReader> {
    let file: FileHandle;
    try {
      file = await open(this.pathOf(digest), "r");
    } catch (error) {
      if (isMissing(error)) throw new TributaryError("blob_unknown", `there is no blob ${digest}`);
      throw error;
    }
    const { size } = await file.stat();
    return {
      size,
      readInto: async (target, position) => (await file.read(target, 0, target.byteLength, position)).bytesRead,
      [Symbol.asyncDispose]: () => file.close(),
    };
  }

  /** The bytes from `start` up to and without `end`. @throws TributaryError `blob_unknown`, `chunk_out_of_range` */
  async readRange(digest: string, start: number, end: number): Promise<Uint8Array> {
    await using reader = await this.openRead(digest);
    if (start < 0 || end < start || end > reader.size)
      throw new TributaryError(
        "chunk_out_of_range",
        `the blob has ${reader.size} bytes, ${start} to ${end} were asked for`,
      );
    const bytes = new Uint8Array(end - start);
    await reader.readInto(bytes, start);
    return bytes;
  }

  /** The whole blob, its digest verified. @throws TributaryError `blob_unknown`, `digest_mismatch` */
  async read(digest: string): Promise<Uint8Array> {
    const bytes = await this.readRange(digest, 0, (await this.size(digest)) ?? 0);
    if (hex(digestOf(bytes)) !== digest) throw new TributaryError("digest_mismatch", `the blob ${digest} is damaged`);
    return bytes;
  }

  async delete(digest: string): Promise<void> {
    await rm(this.pathOf(digest), { force: true });
  }

  /** Digests of all blobs. */
  async list(): Promise<string[]> {
    const shelves = (await readdir(this.folder)).filter((name) => name.length === 2);
    const names = await Promise.all(shelves.map((shelf) => readdir(join(this.folder, shelf))));
    return names.flat().filter((name) => DIGEST.test(name));
  }

  /**
   * A blob that arrives in chunks. What came before under the same id is kept and hashed again, so that the transfer goes on
   * after a lost connection or a crash of this process.
   *
   * @param id whose transfer it is: letters, digits, ".", "_", "-". Two transfers of one blob have two ids
   */
  async openPartial(id: string, ref: BlobRef): Promise<PartialBlob> {
    const path = join(this.folder, "partial", `${checkedId(id)}.${checkedDigest(ref.digest)}`);
    const complete = await this.has(ref.digest);
    return PartialBlob.open(path, ref, complete, () => this.place(path, ref.digest));
  }

  /** Forgets what has come under ids that begin so. */
  async discardPartials(idPrefix: string): Promise<void> {
    const names = (await readdir(join(this.folder, "partial"))).filter((name) => name.startsWith(idPrefix));
    await Promise.all(names.map((name) => rm(join(this.folder, "partial", name), { force: true })));
  }

  private async place(path: string, digest: string): Promise<void> {
    const shelf = join(this.folder, digest.slice(0, 2));
    if ((await mkdir(shelf, { recursive: true })) !== undefined) await syncFolder(this.folder);
    await rename(path, this.pathOf(digest));
    await syncFolder(shelf);
  }

  private pathOf(digest: string): string {
    return join(this.folder, checkedDigest(digest).slice(0, 2), digest);
  }
}

function checkedDigest(digest: string): string {
  if (!DIGEST.test(digest)) throw new TributaryError("blob_unknown", "a blob is named by 64 hexadecimal digits");
  return digest;
}

function checkedId(id: string): string {
  if (!PARTIAL_ID.test(id))
    throw new TributaryError("upload_unknown", "a transfer's id has letters, digits, dots and dashes");
  return id;
}

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";
