import type { BlobFolder } from "@tributary/protocol";
import type { Logger } from "pino";
import type { Store } from "../store/store.js";
import { isStoreFailure } from "./job-run.js";

/** How long to wait before blobs that could not be deleted are looked at again, ms. */
const RETRY_MS = 1_000;

export interface BlobClaimsContext {
  readonly blobs: BlobFolder;
  readonly store: Store;
  readonly log: Logger;
  /** Whether accepted updates stay after their round, for audits. */
  readonly keepUpdates?: boolean | undefined;
}

/** Names what holds a blob: an attempt at a round; in asynchronous jobs, an assignment of one worker. */
export const claimantOf = (
  { job, round, attempt }: { readonly job: string; readonly round: number; readonly attempt: number },
  worker?: string,
): string => `${job}/${round}/${attempt}${worker === undefined ? "" : `/${worker}`}`;

/** Names the holder of the model as a job's workers are sent it. */
export const modelClaimant = (job: string): string => `${job}/model`;

/**
 * Which rounds still need which update blobs. Equal updates are one blob, and an update may equal a model version: a blob
 * is deleted when its last claim is dropped, unless it is a model version. Tidying up is nothing that a round may fail for:
 * when the store or the disk fails, the blob stays, and is looked at again until they are back.
 */
export class BlobClaims {
  /** Digest (hexadecimal) to who claims it, and how often. */
  readonly #claims = new Map<string, string[]>();
  /** Digests that nobody claims any more, and that are still to be deleted unless they are model versions. */
  readonly #free = new Set<string>();
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(private readonly context: BlobClaimsContext) {}

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
      if (left.length === 0 && this.context.keepUpdates === true) this.#claims.delete(digest);
      else dropped.push([digest, left]);
    }
    await this.#settle(dropped);
  }

  /** Deletes every blob that is neither claimed nor a model version nor a kept update: what a killed coordinator left. */
  async deleteOrphans(): Promise<number> {
    let deleted = 0;
    const { blobs, store, keepUpdates = false } = this.context;
    const updates = keepUpdates ? await store.rounds.updateDigests() : new Set<string>();
    for (const digest of await store.models.strangersAmong(await blobs.list())) {
      if (this.#claims.has(digest) || updates.has(digest)) continue;
      await blobs.delete(digest);
      deleted += 1;
    }
    return deleted;
  }

  /** Deletes nothing any more. What is left is an orphan when the coordinator is started again. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
  }

  /** Writes down who still claims these blobs, and deletes those that nobody does. */
  async #settle(dropped: readonly (readonly [digest: string, left: string[]])[]): Promise<void> {
    for (const [digest, left] of dropped) {
      if (left.length > 0) this.#claims.set(digest, left);
      else {
        this.#claims.delete(digest);
        this.#free.add(digest);
      }
    }
    await this.#deleteFree();
  }

  async #deleteFree(): Promise<void> {
    clearTimeout(this.#retry);
    const { blobs, store, log } = this.context;
    const looked = [...this.#free];
    if (looked.length === 0) return;
    try {
      const strangers = await store.models.strangersAmong(looked);
      // A claim may have come while the store was asked.
      for (const digest of strangers) if (!this.#claims.has(digest)) await blobs.delete(digest);
      for (const digest of looked) this.#free.delete(digest);
    } catch (error) {
      if (!isStoreFailure(error)) throw error;
      log.warn(
        { err: error, blobs: looked.length },
        "updates of a closed round could not be deleted; it is tried again",
      );
      clearTimeout(this.#retry);
      if (this.#closed) return;
      this.#retry = setTimeout(() => {
        this.#deleteFree().catch((fault: unknown) => log.error({ err: fault }, "blobs could not be deleted"));
      }, RETRY_MS);
    }
  }
}
