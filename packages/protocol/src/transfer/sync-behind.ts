import { GroupSync } from "./group-sync.js";

/** So many bytes are written between the begins of two syncs. */
const STEP_BYTES = 2 * 1024 * 1024;

/**
 * Brings on the disk what was written while more is written, so that little is left to sync at the end: of a model of 7 MB half
 * a millisecond instead of five. A slow disk sets the pace of the writer.
 */
export class SyncBehind {
  readonly #group: GroupSync;
  #unsyncedBytes = 0;
  #latest: Promise<void> = Promise.resolve();

  /** @param sync brings on the disk what was written before it was called */
  constructor(sync: () => Promise<void>) {
    this.#group = new GroupSync(sync);
  }

  /**
   * So many bytes more were written.
   *
   * @returns settles when all but the newest 4 MiB, and what the calls that wait wrote, are on the disk @throws what `sync` throws
   */
  async wrote(bytes: number): Promise<void> {
    this.#unsyncedBytes += bytes;
    if (this.#unsyncedBytes < STEP_BYTES) return;
    this.#unsyncedBytes = 0;
    const earlier = this.#latest;
    this.#latest = this.#group.durable();
    this.#latest.catch(() => undefined);
    await earlier;
  }

  /** Settles when no sync runs or waits. @throws what the latest threw */
  async settled(): Promise<void> {
    await this.#latest;
  }
}
