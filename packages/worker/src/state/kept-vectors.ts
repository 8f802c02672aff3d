import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { decodeParameters, digestOf, encodeParameters, hex, type ParameterSet } from "@tributary/protocol";
import type { Logger } from "pino";
import { StateFile } from "./state-file.js";

/** Names an update of a job. */
export interface UpdateName {
  readonly round: number;
  readonly attempt: number;
}

/** Jobs whose vectors stay. */
const JOBS = 3;
/** Digits of the SHA-256 that stands before the vectors, and the line's end. */
const HEAD_BYTES = 65;

/**
 * What a worker keeps from one of its rounds to the next: what a codec lost, what a strategy asks it to keep. It goes with the
 * update that it came about with, and the coordinator says which update was the last that counted: so it is the right one also
 * when a process dies, an update comes too late, or a round is tried again.
 */
export class KeptVectors {
  constructor(
    private readonly folder: string,
    private readonly log: Logger,
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
   */
  async keep(job: string, update: UpdateName, counted: UpdateName | undefined, vectors: ParameterSet): Promise<void> {
    const folder = this.#folderOf(job);
    try {
      await mkdir(folder, { recursive: true });
      const bytes = encodeParameters(vectors);
      await new StateFile(join(folder, nameOf(update))).write([Buffer.from(`${hex(digestOf(bytes))}\n`), bytes]);
      const wanted = [nameOf(update), ...(counted === undefined ? [] : [nameOf(counted)])];
      await removeAllBut(folder, wanted);
      await this.#forgetOldJobs();
    } catch (error) {
      this.log.warn({ err: error, job }, "what belongs to the update can't be kept");
    }
  }

  async #forgetOldJobs(): Promise<void> {
    const jobs = await Promise.all(
      (await readdir(this.folder)).map(async (name) => ({ name, at: (await stat(join(this.folder, name))).mtimeMs })),
    );
    const newest = jobs.sort((a, b) => b.at - a.at).slice(0, JOBS);
    await removeAllBut(
      this.folder,
      newest.map(({ name }) => name),
    );
  }

  /** An id that is no file's name stays in the folder all the same. */
  #folderOf(job: string): string {
    return join(this.folder, hex(digestOf(Buffer.from(job))).slice(0, 32));
  }
}

const nameOf = ({ round, attempt }: UpdateName): string => `${round}.${attempt}`;

async function removeAllBut(folder: string, wanted: readonly string[]): Promise<void> {
  for (const name of await readdir(folder))
    if (!wanted.includes(name)) await rm(join(folder, name), { recursive: true, force: true });
}
