import type { BlobFolder } from "@tributary/protocol";
import type { Store } from "../store/store.js";

/** Names what holds a blob: an attempt at a round. */
export const claimantOf = ({ job, round, attempt }: { job: string; round: number; attempt: number }): string =>
  `${job}/${round}/${attempt}`;

/**
 * Which rounds still need which update blobs. Equal updates are one blob, and an update may equal a model version: a blob
 * is deleted when its last claim is dropped, unless it is a model version.
 */
export class BlobClaims {
  /** Digest (hexadecimal) to who claims it, and how often. */
  readonly #claims = new Map<string, string[]>();

  constructor(
    private readonly blobs: BlobFolder,
    private readonly store: Store,
    /** Whether accepted updates stay after their round, for audits. */
    private readonly keepUpdates = false,
  ) {}

  claim(claimant: string, digest: string): void {
    this.#claims.set(digest, [...(this.#claims.get(digest) ?? []), claimant]);
  }

  async drop(claimant: string, digest: string): Promise<void> {
    const left = [...(this.#claims.get(digest) ?? [])];
    const place = left.indexOf(claimant);
    if (place < 0) return;
    left.splice(place, 1);
    await this.#settle([[digest, left]]);
  }

  /** The attempt is over: what it accepted goes, unless updates are kept. */
  async dropAll(claimant: string): Promise<void> {
    const dropped: [digest: string, left: string[]][] = [];
    for (const [digest, claimants] of this.#claims) {
      if (!claimants.includes(claimant)) continue;
      const left = claimants.filter((other) => other !== claimant);
      if (left.length === 0 && this.keepUpdates) this.#claims.delete(digest);
      else dropped.push([digest, left]);
    }
    await this.#settle(dropped);
  }

  /** Deletes every blob that is neither claimed nor a model version nor a kept update: what a killed coordinator left. */
  async deleteOrphans(): Promise<number> {
    let deleted = 0;
    const updates = this.keepUpdates ? await this.store.updateDigests() : new Set<string>();
    for (const digest of await this.store.strangersAmong(await this.blobs.list())) {
      if (this.#claims.has(digest) || updates.has(digest)) continue;
      await this.blobs.delete(digest);
      deleted += 1;
    }
    return deleted;
  }

  /** Writes down who still claims these blobs, and deletes those that nobody does. */
  async #settle(dropped: readonly (readonly [digest: string, left: string[]])[]): Promise<void> {
    const free: string[] = [];
    for (const [digest, left] of dropped) {
      if (left.length > 0) this.#claims.set(digest, left);
      else {
        this.#claims.delete(digest);
        free.push(digest);
      }
    }
    if (free.length === 0) return;
    // A claim may have come while the store was asked.
    for (const digest of await this.store.strangersAmong(free))
      if (!this.#claims.has(digest)) await this.blobs.delete(digest);
  }
}
