import {
  type BigIntStats,
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** More than the clock that files are dated by is behind, ms. */
const CLOCK_TICK_MS = 20;

/** A name in a folder, and which file or folder it names. */
export interface Entry {
  readonly key: string;
  readonly folder: boolean;
}

/** Whatever its name: another file that gets the same inode is born later. */
export const keyOf = ({ ino, birthtimeNs }: BigIntStats): string => `${ino}-${birthtimeNs}`;

/** The names that a folder has at this moment. */
export function listing(path: string): Record<string, Entry> {
  const entries: Record<string, Entry> = {};
  for (const name of readdirSync(path)) {
    const stats = lstatSync(join(path, name), { bigint: true, throwIfNoEntry: false });
    if (stats !== undefined) entries[name] = { key: keyOf(stats), folder: stats.isDirectory() };
  }
  return entries;
}

/** What a disk is sure to have: of each file the content, of each folder the names, when it was last synced. */
export class Durable {
  #taken = 0;
  /** The sync that gave what is kept, by the key: they may end in another order than they began in. */
  readonly #newest = new Map<string, number>();

  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  /** Takes what a file or folder has at this moment. @returns keeps it: called when the sync succeeded */
  take(path: string): () => void {
    const asOf = Date.now() - CLOCK_TICK_MS;
    const stats = statSync(path, { bigint: true });
    const key = keyOf(stats);
    const kept = statSync(join(this.folder, key), { throwIfNoEntry: false });
    // Nothing was written since: recovery syncs a thousand files that nobody touched.
    if (kept !== undefined && kept.mtimeMs > Number(stats.mtimeMs) + 1) return () => {};
    const turn = ++this.#taken;
    const taken = join(this.folder, `taken-${process.pid}-${turn}`);
    if (stats.isDirectory()) writeFileSync(taken, JSON.stringify(listing(path)));
    else copyFileSync(path, taken, constants.COPYFILE_FICLONE);
    utimesSync(taken, asOf / 1_000, asOf / 1_000);
    return () => {
      if ((this.#newest.get(key) ?? 0) > turn) return rmSync(taken);
      this.#newest.set(key, turn);
      renameSync(taken, join(this.folder, key));
    };
  }

  /** Where the synced content of a file is; undefined when it never was. */
  contentOf(key: string): string | undefined {
    const path = join(this.folder, key);
    return existsSync(path) ? path : undefined;
  }

  namesOf(key: string): Record<string, Entry> {
    const path = this.contentOf(key);
    return path === undefined ? {} : JSON.parse(readFileSync(path, "utf8"));
  }

  /** A whole tree is on the disk. */
  takeTree(path: string): void {
    for (const [name, { folder }] of Object.entries(listing(path)))
      if (folder) this.takeTree(join(path, name));
      else this.take(join(path, name))();
    this.take(path)();
  }

  forget(): void {
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder, { recursive: true });
    this.#newest.clear();
  }
}
