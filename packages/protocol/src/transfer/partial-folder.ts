import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { TributaryError } from "../errors.js";
import type { BlobRef } from "./chunks.js";
import { storing } from "./files.js";
import { type OnBytes, PartialBlob } from "./partial-blob.js";

// With a dot and a digest behind it, it is still a file's name: 255 bytes at most.
const ID = /^[A-Za-z0-9._-]{1,190}$/;

/** A folder of what has come of blobs that are on their way. One file is written by one `PartialBlob` at a time. */
export class PartialFolder {
  /** Those that are open, by their file's name. */
  readonly #open = new Map<string, Promise<PartialBlob>>();

  /** @param durable whether what has come must outlive a loss of power */
  constructor(
    private readonly folder: string,
    private readonly durable: boolean,
  ) {}

  /**
   * Opens what has come under an id. A `PartialBlob` of the same id and blob that is still open is closed: the last one
   * who asks goes on.
   *
   * @param place puts the file at the path it is given into its place for good
   * @throws TributaryError `upload_unknown` when the id could leave the folder, `store_failed`
   */
  open(id: string, ref: BlobRef, place: (path: string) => Promise<void>, onBytes?: OnBytes): Promise<PartialBlob> {
    if (!ID.test(id))
      throw new TributaryError("upload_unknown", "a transfer's id is 1 to 190 letters, digits, dots and dashes");
    const name = `${id}.${ref.digest}`;
    const path = join(this.folder, name);
    const forget = () => {
      if (this.#open.get(name) === opened) this.#open.delete(name);
    };
    const to = { path, durable: this.durable, place: () => place(path), onClosed: forget, onBytes };
    const opened = this.#after(this.#open.get(name), () => PartialBlob.open(ref, to));
    this.#open.set(name, opened);
    opened.catch(forget);
    return opened;
  }

  /** Forgets what has come under ids that begin so, and closes what is open of it. */
  async discard(idPrefix: string): Promise<void> {
    const open = [...this.#open].filter(([name]) => name.startsWith(idPrefix));
    await Promise.all(open.map(([, opened]) => opened.then((partial) => partial.discard()).catch(() => undefined)));
    await storing("discarding partial blobs", async () => {
      const names = (await readdir(this.folder)).filter((name) => name.startsWith(idPrefix));
      await Promise.all(names.map((name) => rm(join(this.folder, name), { force: true })));
    });
  }

  async #after(earlier: Promise<PartialBlob> | undefined, open: () => Promise<PartialBlob>): Promise<PartialBlob> {
    const partial = await earlier?.catch(() => undefined);
    await partial?.[Symbol.asyncDispose]();
    return open();
  }
}
