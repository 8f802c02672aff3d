/**
 * Syncs a file for many writes at once: those that come while a sync runs wait for one that begins after it, together. A slow
 * disk so makes groups larger, not the queue longer.
 */
export class GroupSync {
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  /** @param sync brings on the disk what was written before it was called */
  constructor(private readonly sync: () => Promise<void>) {}

  /** Settles when all that was written before this call is on the disk. @throws what `sync` throws */
  durable(): Promise<void> {
    this.#next ??= this.#after(this.#running);
    return this.#next;
  }

  /** Settles when no sync runs or waits. */
  async idle(): Promise<void> {
    await (this.#next ?? this.#running).catch(() => undefined);
  }

  async #after(running: Promise<void>): Promise<void> {
    await running.catch(() => undefined);
    const own = this.sync();
    this.#running = own;
    this.#next = undefined;
    await own;
  }
}
