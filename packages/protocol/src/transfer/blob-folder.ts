import { createHash, randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { digestOf, hex } from "../digest.js";
import { TributaryError } from "../errors.js";
import { type ByteSource, readFully } from "../parameters/byte-source.js";
import type { BlobRef } from "./chunks.js";
import { fileSource, isMissing, makeFolder, storing, syncFolder, writeFully } from "./files.js";
import { type OnBytes, PartialBlob } from "./partial-blob.js";
import { PartialFolder } from "./partial-folder.js";
import { SyncBehind } from "./sync-behind.js";

const DIGEST = /^[0-9a-f]{64}$/;
const SHELF = /^[0-9a-f]{2}$/;

/** An open blob. */
export interface BlobReader extends ByteSource, AsyncDisposable {}

/**
 * A folder of immutable blobs, each named by its SHA-256. A blob is written beside, synced, and renamed into its place, so
 * that it is there whole or not at all, also after a loss of power. Blobs are read and received in parts: memory does not
 * grow with their size. One process owns a folder.
 *
 * Any method throws TributaryError `store_failed` when the disk does not do its work.
 */
export class BlobFolder {
  /** Folders of blobs that are there for good, by the two digits that their names begin with. */
  readonly #shelves = new Map<string, Promise<void>>();
  readonly #partials: PartialFolder;

  private constructor(
    private readonly folder: string,
    private readonly durable: boolean,
  ) {
    this.#partials = new PartialFolder(join(folder, "partial"), durable);
  }

  /**
   * Opens the folder, or makes it. What an earlier process left half written by `write` is removed.
   *
   * @param options `durable`: false for a cache, which may lose blobs, or damage them, with the power; default true
   */
  static async open(folder: string, { durable = true } = {}): Promise<BlobFolder> {
    try {
      await makeFolder(join(folder, "partial"));
      await rm(join(folder, "temporary"), { recursive: true, force: true });
      await mkdir(join(folder, "temporary"));
    } catch (cause) {
      throw new TributaryError("store_failed", `the folder ${folder} cannot be used`, { cause });
    }
    return new BlobFolder(folder, durable);
  }

  /** Keeps bytes, or parts of bytes in their order. Durable when it settles. */
  async write(content: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<BlobRef> {
    const path = join(this.folder, "temporary", randomUUID());
    const hash = createHash("sha256");
    let size = 0;
    try {
      const file = await storing("opening a blob", () => open(path, "wx"));
      const behind = new SyncBehind(() => storing("writing a blob", () => file.datasync()));
      try {
        for await (const part of content instanceof Uint8Array ? [content] : content) {
          const written = storing("writing a blob", () => writeFully(file, part, size));
          // While the disk has it.
          hash.update(part);
          await written;
          size += part.byteLength;
          if (this.durable) await behind.wrote(part.byteLength);
        }
        await behind.settled();
        if (this.durable) await storing("writing a blob", () => file.sync());
      } finally {
        await behind.settled().catch(() => undefined);
        await file.close();
      }
      const digest = hash.digest("hex");
      await this.#place(path, digest);
      return { digest, size };
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }

  /** Whether the blob is there, whole. */
  async has(digest: string): Promise<boolean> {
    return (await this.size(digest)) !== undefined;
  }

  /** Bytes; undefined when it is not there. */
  size(digest: string): Promise<number | undefined> {
    return storing("looking for a blob", async () => {
      try {
        return (await stat(this.#pathOf(digest))).size;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    });
  }

  /** @throws TributaryError `blob_unknown` */
  openRead(digest: string): Promise<BlobReader> {
    return storing("opening a blob", async () => {
      let file: FileHandle;
      try {
        file = await open(this.#pathOf(digest), "r");
      } catch (error) {
        if (isMissing(error)) throw new TributaryError("blob_unknown", `there is no blob ${digest}`);
        throw error;
      }
      const { size } = await file.stat();
      const { readInto } = fileSource(file);
      return {
        size,
        readInto: (target, position) => storing("reading a blob", () => readInto(target, position)),
        [Symbol.asyncDispose]: () => file.close(),
      };
    });
  }

  /** The bytes from `start` up to and without `end`. @throws TributaryError `blob_unknown`, `chunk_out_of_range` */
  async readRange(digest: string, start: number, end: number): Promise<Uint8Array> {
    await using reader = await this.openRead(digest);
    if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end < start || end > reader.size)
      throw new TributaryError(
        "chunk_out_of_range",
        `the blob has ${reader.size} bytes, ${start} to ${end} were asked for`,
      );
    const bytes = new Uint8Array(end - start);
    await readFully(reader, bytes, start);
    return bytes;
  }

  /** The whole blob in memory, its digest verified. @throws TributaryError `blob_unknown`, `digest_mismatch` */
  async read(digest: string): Promise<Uint8Array> {
    const bytes = await this.readRange(digest, 0, (await this.size(digest)) ?? 0);
    if (hex(digestOf(bytes)) !== digest) throw new TributaryError("digest_mismatch", `the blob ${digest} is damaged`);
    return bytes;
  }

  /** Does nothing when the blob is not there. */
  delete(digest: string): Promise<void> {
    return storing("deleting a blob", () => rm(this.#pathOf(digest), { force: true }));
  }

  /** Digests of all blobs. */
  list(): Promise<string[]> {
    return storing("listing the blobs", async () => {
      const shelves = (await readdir(this.folder)).filter((name) => SHELF.test(name));
      const names = await Promise.all(shelves.map((shelf) => readdir(join(this.folder, shelf))));
      return names.flat().filter((name) => DIGEST.test(name));
    });
  }

  /**
   * A blob that arrives in chunks. What came before under the same id is kept and hashed again, so that the transfer goes on
   * after a lost connection or a crash of this process. A `PartialBlob` of the same id and blob that is still open is closed.
   *
   * @param id whose transfer it is: letters, digits, ".", "_", "-", 190 at most. Two transfers of one blob have two ids
   * @param options `whole`: all of it must come, also when the blob is there already: who sends it shows that it has it;
   *   `onBytes`: shown what comes from now on
   * @throws TributaryError `upload_unknown` (no such id can be), `blob_unknown` (no such digest can be), `digest_mismatch`
   *   (the blob is there, and of another size)
   */
  async openPartial(
    id: string,
    ref: BlobRef,
    { whole = false, onBytes }: { readonly whole?: boolean; readonly onBytes?: OnBytes } = {},
  ): Promise<PartialBlob> {
    const size = await this.size(ref.digest);
    if (size === undefined || whole)
      return this.#partials.open(id, ref, (path) => this.#place(path, ref.digest), onBytes);
    if (size !== ref.size)
      throw new TributaryError("digest_mismatch", `the blob ${ref.digest} has ${size} bytes, not ${ref.size}`);
    return PartialBlob.complete(ref);
  }

  /** Forgets what has come under ids that begin so, and closes what is open of it. */
  discardPartials(idPrefix: string): Promise<void> {
    return this.#partials.discard(idPrefix);
  }

  #place(path: string, digest: string): Promise<void> {
    return storing("keeping a blob", async () => {
      const shelf = await this.#shelfOf(digest);
      await rename(path, this.#pathOf(digest));
      if (this.durable) await syncFolder(shelf);
    });
  }

  /** The folder that a blob belongs in, durable. */
  async #shelfOf(digest: string): Promise<string> {
    const name = digest.slice(0, 2);
    const shelf = join(this.folder, name);
    let made = this.#shelves.get(name);
    if (made === undefined) {
      made = mkdir(shelf, { recursive: true }).then(() => syncFolder(this.folder));
      this.#shelves.set(name, made);
      made.catch(() => this.#shelves.delete(name));
    }
    await made;
    return shelf;
  }

  #pathOf(digest: string): string {
    if (!DIGEST.test(digest)) throw new TributaryError("blob_unknown", "a blob is named by 64 hexadecimal digits");
    return join(this.folder, digest.slice(0, 2), digest);
  }
}
