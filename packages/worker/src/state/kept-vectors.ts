import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  decodeParameters,
  digestOf,
  encodeParameters,
  hex,
  isMissing,
  type ParameterSet,
  TributaryError,
} from "@tributary/protocol";
import type { Logger } from "pino";
import { StateFile } from "./state-file.js";

/** Names an update of a job. */
export interface UpdateName {
  readonly round: number;
  readonly attempt: number;
}

/** What all jobs together may keep, bytes: 16 GiB. Far more than jobs need that end, or that a coordinator lets go of. */
const MOST_BYTES = 16 * 1024 ** 3;
/** Digits of the SHA-256 that stands before the vectors, and the line's end. */
const HEAD_BYTES = 65;

/**
 * What a worker keeps from one of its rounds to the next: what a codec lost, what a strategy asks it to keep. It goes with the
 * update that it came about with, and the coordinator says which update was the last that counted: so it is the right one also
 * when a process dies, an update comes too late, or a round is tried again. What is kept for a job stays until the coordinator says
 * that the job has ended: a paused one may go on after any time.
 */
export class KeptVectors {
  /** What is kept and what is forgotten follow one another. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly folder: string,
    private readonly log: Logger,
    private readonly mostBytes = MOST_BYTES,
  ) {}

  /**
   * What was kept with the last update that counted.
   *
   * @param counted undefined: none did
   * @returns undefined when there is none, or the disk has lost it: then it is as at first
   */
  async since(job: string, counted: UpdateName | undefined): Promise<ParameterSet | undefined> {
    if (counted === undefined) return undefined;
    try {
      const kept = await new StateFile(join(this.#folderOf(job), nameOf(counted))).read();
      if (kept !== undefined) {
        const bytes = kept.subarray(HEAD_BYTES);
        if (hex(digestOf(bytes)) === kept.subarray(0, HEAD_BYTES - 1).toString()) return decodeParameters(bytes);
      }
      this.log.warn({ job, ...counted }, "what was kept with the last update that counted is lost; it begins anew");
    } catch (error) {
      this.log.warn(
        { err: error, job, ...counted },
        "what was kept with the last update can't be read; it begins anew",
      );
    }
    return undefined;
  }

  /**
   * Keeps vectors with an update, before it is sent, beside those of the last one that counted. What the disk refuses is logged: the
   * next update is one without them.
   *
   * @throws TributaryError `disk_full` when jobs that have not ended keep too much already: none of them is forgotten for another
   */
  keep(job: string, update: UpdateName, counted: UpdateName | undefined, vectors: ParameterSet): Promise<void> {
    return this.#inTurn(async () => {
      const bytes = encodeParameters(vectors);
      await this.#requireRoom(job, bytes.byteLength);
      const folder = this.#folderOf(job);
      try {
        await mkdir(folder, { recursive: true });
        await new StateFile(join(folder, nameOf(update))).write([Buffer.from(`${hex(digestOf(bytes))}\n`), bytes]);
        const wanted = [nameOf(update), ...(counted === undefined ? [] : [nameOf(counted)])];
        await removeAllBut(folder, wanted);
      } catch (error) {
        this.log.warn({ err: error, job }, "what belongs to the update can't be kept");
      }
    });
  }

  /** The job has ended. */
  forget(job: string): Promise<void> {
    return this.#forgetting(async () => rm(this.#folderOf(job), { recursive: true, force: true }));
  }

  /** All other jobs have ended, or are of a coordinator that there is no more. */
  forgetAllBut(jobs: readonly string[]): Promise<void> {
    return this.#forgetting(() =>
      removeAllBut(
        this.folder,
        jobs.map((job) => folderNameOf(job)),
      ),
    );
  }

  #forgetting(act: () => Promise<void>): Promise<void> {
    return this.#inTurn(() =>
      act().catch((error: unknown) =>
        this.log.warn({ err: error }, "what was kept for jobs that are over can't be removed"),
      ),
    );
  }

  async #requireRoom(job: string, size: number): Promise<void> {
    const others = (await namesIn(this.folder)).filter((name) => name !== folderNameOf(job));
    const sizes = await Promise.all(others.map((name) => sizeOf(join(this.folder, name))));
    // This update's, and those of the last one that counted.
    const total = sizes.reduce((sum, bytes) => sum + bytes, 2 * size);
    if (total <= this.mostBytes) return;
    throw new TributaryError(
      "disk_full",
      `what this worker keeps for ${others.length + 1} jobs that have not ended would take ${total} bytes, ${this.mostBytes} at most`,
      { hint: "Cancel paused jobs that nobody will resume." },
    );
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(act);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  #folderOf(job: string): string {
    return join(this.folder, folderNameOf(job));
  }
}

/** An id that is no file's name stays in the folder all the same. */
const folderNameOf = (job: string): string => hex(digestOf(Buffer.from(job))).slice(0, 32);

const nameOf = ({ round, attempt }: UpdateName): string => `${round}.${attempt}`;

async function removeAllBut(folder: string, wanted: readonly string[]): Promise<void> {
  for (const name of await namesIn(folder))
    if (!wanted.includes(name)) await rm(join(folder, name), { recursive: true, force: true });
}

/** Names of what a folder holds; none when there is no folder yet. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function sizeOf(folder: string): Promise<number> {
  const files = await Promise.all((await namesIn(folder)).map((name) => stat(join(folder, name))));
  return files.reduce((sum, { size }) => sum + size, 0);
}
