import { statfs } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { TributaryError } from "@tributary/protocol";
import type { Logger } from "pino";

/** How often the disk is looked at, ms. */
const LOOK_MS = 1_000;
/** A figure this old is good enough for a chunk, ms. */
const FRESH_MS = 100;

export interface DiskGuardOptions {
  /** A folder on the disk. */
  readonly folder: string;
  /** Room that nothing but what is under way may use, bytes: the journal must be able to write until the end. */
  readonly reserveBytes: number;
  readonly log: Logger;
}

/**
 * Keeps the disk from filling up to its last byte. Below the reserve nothing new is taken in: uploads, jobs and the writing of
 * models wait, and go on by themselves when there is room. A database that can't write its journal is lost for this process,
 * so it is the one that may use the reserve.
 */
export class DiskGuard {
  #freeBytes = Number.POSITIVE_INFINITY;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #isFull = false;
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly options: DiskGuardOptions) {
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  /** Bytes that are free for this process, as seen last. */
  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** @throws TributaryError `disk_full` when there is no room for so many bytes above the reserve */
  async require(bytes: number): Promise<void> {
    if (!(await this.hasRoom(bytes))) throw this.refusal();
  }

  refusal(): TributaryError {
    const mib = (count: number) => Math.max(0, Math.floor(count / 2 ** 20));
    const { reserveBytes } = this.options;
    return new TributaryError(
      "disk_full",
      `the coordinator's disk has ${mib(this.#freeBytes)} MiB left; ${mib(reserveBytes)} MiB are kept for what is under way`,
    );
  }

  async hasRoom(bytes: number): Promise<boolean> {
    if (performance.now() - this.#lookedAt > FRESH_MS) await this.#look();
    return this.#freeBytes - bytes >= this.options.reserveBytes;
  }

  /** Waits for room. @throws what the signal is aborted with */
  async untilRoom(bytes: number, signal: AbortSignal): Promise<void> {
    while (!(await this.hasRoom(bytes))) await setTimeout(LOOK_MS, undefined, { signal });
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { folder, reserveBytes, log } = this.options;
    try {
      const { bavail, bsize } = await statfs(folder);
      this.#freeBytes = bavail * bsize;
    } catch (error) {
      log.warn({ err: error }, "how much room the disk has can't be told");
      return;
    }
    this.#lookedAt = performance.now();
    const isFull = this.#freeBytes < reserveBytes;
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    const facts = { freeBytes: this.#freeBytes, reserveBytes };
    if (isFull) log.error(facts, "the disk is full: no updates and no jobs are taken until there is room");
    else log.info(facts, "there is room on the disk again");
  }
}
