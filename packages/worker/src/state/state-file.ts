import { type FileHandle, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import { syncFolder } from "@tributary/protocol";

/** What is removed or replaced within this time is not worth the disk's work, ms: an update on a fast line is. */
const SHORT_LIVED_MS = 1_000;

/**
 * A file of what would cost time, and nothing else, to lose. It is in place, whole, for whoever starts this program again as
 * soon as `write` settles, also after a `kill -9`; a loss of power it survives when it was there for a second and the disk
 * has it, for which nobody waits. What is read may be half of it then: the reader has to know.
 */
export class StateFile {
  /** What is asked of the file is done in its order. */
  #last: Promise<unknown> = Promise.resolve();
  #syncing: Promise<void> = Promise.resolve();
  #outdated = new AbortController();

  constructor(private readonly path: string) {}

  /** @throws what the disk throws */
  write(parts: readonly Uint8Array[]): Promise<void> {
    return this.#inTurn(() => this.#write(parts));
  }

  /** Undefined when there is none. */
  read(): Promise<Buffer | undefined> {
    return this.#inTurn(() => readFile(this.path).catch(() => undefined));
  }

  /** @throws what the disk throws */
  remove(): Promise<void> {
    return this.#inTurn(() => {
      this.#outdated.abort();
      return rm(this.path, { force: true });
    });
  }

  async #write(parts: readonly Uint8Array[]): Promise<void> {
    this.#outdated.abort();
    await this.#syncing;
    const written = `${this.path}.part`;
    const file = await open(written, "w");
    try {
      for (const part of parts) await file.writeFile(part);
      await rename(written, this.path);
    } catch (error) {
      await file.close();
      throw error;
    }
    this.#outdated = new AbortController();
    this.#syncing = this.#sync(file, this.#outdated.signal);
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(act);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #sync(file: FileHandle, signal: AbortSignal): Promise<void> {
    try {
      await setTimeout(SHORT_LIVED_MS, undefined, { signal, ref: false });
      await file.datasync();
      await syncFolder(dirname(this.path));
    } catch {
      // It is not wanted any more, on the disk later, or lost with the power: then the work is done again.
    } finally {
      await file.close();
    }
  }
}
