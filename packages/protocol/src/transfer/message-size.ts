import { CHUNK_BYTES, CHUNKS_PER_MESSAGE } from "../events.js";

/** Messages grow while answers come within this time, ms. */
const QUICK_MS = 50;
/** An answer that takes longer makes messages small at once, ms. */
const SLOW_MS = 250;
/** So many times a message's bytes must have arrived since the last failure. */
const PROOF = 64;

/**
 * How many chunks a message carries on one link: few messages where it is clean and quick, small ones where it is not.
 *
 * What is damaged or breaks off is sent again, a message at a time. So none is larger than a 64th of what arrived since the last
 * failure, or since the beginning: however bad a link is, larger messages add less than 2 % to what it carries. A link is bad for
 * longer than a transfer or a connection lasts, so keep one of these as long as the process talks to the same peer.
 */
export class MessageSize {
  #chunks = 1;
  #arrivedBytes = 0;

  /** Chunks of the next message: 1, 2 or 4. */
  get chunks(): number {
    return this.#chunks;
  }

  /** A message was answered that carried, or brought, so many bytes, so many ms after it was sent. */
  answered(bytes: number, ms: number): void {
    this.#arrivedBytes += bytes;
    const larger = 2 * this.#chunks;
    if (ms > SLOW_MS) this.#chunks = 1;
    else if (ms <= QUICK_MS && larger <= CHUNKS_PER_MESSAGE && this.#arrivedBytes >= PROOF * larger * CHUNK_BYTES)
      this.#chunks = larger;
  }

  /** A message was damaged, or broke off. */
  failed(): void {
    this.#chunks = 1;
    this.#arrivedBytes = 0;
  }
}
