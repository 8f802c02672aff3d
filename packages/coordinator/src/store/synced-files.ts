import { constants, fsyncSync } from "node:fs";
import { NodeFS } from "@electric-sql/pglite/nodefs";
import { TributaryError } from "@tributary/protocol";

type Init = Parameters<NodeFS["init"]>;

/** What is used of PGlite's module, whose types it does not export. */
interface PostgresModule {
  readonly FS: { isDir(mode: number): boolean };
  readonly NODEFS: {
    readonly stream_ops: { fsync?: (stream: Stream) => number };
    /** Throws what the system throws as an error number that PostgreSQL knows. */
    tryFSOperation(work: () => void): void;
  };
  _PostgresMainLoopOnce: () => void;
  stackRestore: () => void;
  _pgl_run_atexit_funcs: () => void;
}

const isPostgres = (module: object): module is PostgresModule =>
  ["FS", "NODEFS", "_PostgresMainLoopOnce", "stackRestore", "_pgl_run_atexit_funcs"].every((name) => name in module);

/** An open file or folder. */
interface Stream {
  /** The system's number of it. */
  readonly nfd: number;
  /** As for open(2). */
  readonly flags: number;
  readonly node: { readonly mode: number };
}

/** O_ACCMODE of open(2). */
const WAYS_TO_OPEN = 3;

/**
 * A folder of database files whose fsync is the system's: Emscripten has none, and says that it succeeded. It is in place before
 * PostgreSQL's first step, so that recovery is synced, too.
 *
 * When a sync fails nobody knows what the disk has. PostgreSQL panics then and must be opened anew, to recover from what is there.
 */
export class SyncedFiles extends NodeFS {
  /** @param onFailed called when a sync failed: every query is refused from then on */
  constructor(
    folder: string,
    private readonly onFailed: (cause: Error) => void,
  ) {
    super(folder);
  }

  override async init(...[database, options]: Init): ReturnType<NodeFS["init"]> {
    const { emscriptenOpts } = await super.init(database, options);
    const preRun = [...(emscriptenOpts.preRun ?? []), (module: object) => this.#sync(module)];
    return { emscriptenOpts: { ...emscriptenOpts, preRun } };
  }

  #sync(module: object): void {
    if (!isPostgres(module)) throw new TributaryError("internal", "this version of PGlite has another file system");
    const { FS, NODEFS } = module;
    NODEFS.stream_ops.fsync = ({ nfd, flags, node }) => {
      const isFolder = FS.isDir(node.mode);
      // Windows syncs no folder; NTFS journals names by itself.
      if (isFolder && process.platform === "win32") return 0;
      // Recovery hints at each file, opened to be read, before it syncs it, opened to be written (pre_sync_fname in fd.c).
      if (!isFolder && (flags & WAYS_TO_OPEN) === constants.O_RDONLY) return 0;
      NODEFS.tryFSOperation(() => {
        try {
          fsyncSync(nfd);
        } catch (cause) {
          this.#fail(module, cause);
          throw cause;
        }
      });
      return 0;
    };
  }

  /** PGlite would call a PostgreSQL that has panicked again and again, without an end; and let it write as it is closed. */
  #fail(module: PostgresModule, cause: unknown): void {
    const failure = new TributaryError("store_failed", "the database could not be synced to the disk", { cause });
    const refuse = () => {
      throw failure;
    };
    module._PostgresMainLoopOnce = refuse;
    // Called for what the main loop throws: what is thrown here leaves it.
    module.stackRestore = refuse;
    module._pgl_run_atexit_funcs = refuse;
    queueMicrotask(() => this.onFailed(failure));
  }
}
