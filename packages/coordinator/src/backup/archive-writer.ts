import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { syncFolder, TributaryError } from "@tributary/protocol";
import { type Pack, pack } from "tar-stream";
import { MANIFEST, type Manifest, SUMS } from "./format.js";

/** Writes a backup as a tar: entry after entry, then `SHA256SUMS` of all of them, then the manifest. */
export class ArchiveWriter {
  readonly #pack: Pack = pack();
  readonly #sums: string[] = [];
  readonly #written: Promise<void>;
  readonly #unfinished: string;

  /** @param path it is written beside, and appears there when it is whole */
  constructor(private readonly path: string) {
    this.#unfinished = `${path}.unfinished`;
    const file = createWriteStream(this.#unfinished, { mode: 0o600, flush: true });
    this.#written = pipeline(Readable.from(this.#pack), file);
    // It is awaited at the end, or when an entry fails.
    this.#written.catch(() => {});
  }

  /** Adds an entry of `size` bytes. @throws TributaryError `file_unreadable` when it cannot be written, or has another size */
  async add(name: string, size: number, content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    const hash = createHash("sha256");
    const written = this.#written;
    const taken = new Promise<void>((resolve, reject) => {
      const entry = this.#pack.entry({ name, size, mode: 0o600 }, (error) => (error ? reject(error) : resolve()));
      const pump = async () => {
        for await (const part of content) {
          hash.update(part);
          if (!entry.write(part))
            await Promise.race([new Promise<void>((drained) => entry.once("drain", () => drained())), written]);
        }
        entry.end(undefined);
      };
      pump().catch(reject);
    });
    await this.#writing(Promise.race([taken, written.then(() => taken)]));
    this.#sums.push(`${hash.digest("hex")}  ${name}\n`);
  }

  /** Ends it: then it is durable, and in its place. */
  async finish(manifest: Omit<Manifest, "entries" | "sums">): Promise<void> {
    const sums = Buffer.from(this.#sums.join(""));
    const whole: Manifest = {
      ...manifest,
      entries: this.#sums.length,
      sums: createHash("sha256").update(sums).digest("hex"),
    };
    const text = Buffer.from(`${JSON.stringify(whole, null, 2)}\n`);
    await this.add(SUMS, sums.byteLength, [sums]);
    await this.add(MANIFEST, text.byteLength, [text]);
    this.#pack.finalize();
    await this.#writing(this.#written);
    await rename(this.#unfinished, this.path);
    await syncFolder(dirname(this.path));
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    this.#pack.destroy();
    await this.#written.catch(() => {});
    await rm(this.#unfinished, { force: true });
  }

  async #writing(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (cause) {
      if (cause instanceof TributaryError) throw cause;
      throw new TributaryError("file_unreadable", `the backup ${this.path} cannot be written`, { cause });
    }
  }
}
