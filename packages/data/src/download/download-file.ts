import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { TributaryError } from "@tributary/protocol";
import { readVerified } from "../files/verified-file.js";

/** A file of a public data set: where it comes from, and how to tell that it is the right one. */
export interface OfficialFile {
  readonly name: string;
  readonly url: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** How far one file is. */
export interface DownloadProgress {
  readonly file: string;
  readonly received: number;
  readonly total: number;
}

export interface DownloadOptions {
  /** Default: Node's own, which knows no proxy. */
  readonly fetch?: typeof fetch;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** An attempt is given up when nothing comes for so long, ms. Default 30,000. */
  readonly stallMs?: number;
  /** How often it is tried; each attempt goes on where the last one ended. Default 3. */
  readonly attempts?: number;
  /** Between attempts, ms, times their number. Default 1,000. */
  readonly pauseMs?: number;
}

/**
 * Downloads a file to `target`, where it appears whole and with the right checksum, or not at all. What came of it stays in
 * `target`.part and is not asked for again.
 *
 * @throws TributaryError `download_failed` naming the address and what went wrong; `digest_mismatch` when what came is another file;
 *   `aborted`; `file_unreadable` when the folder can't be written
 */
export async function downloadFile(file: OfficialFile, target: string, options: DownloadOptions = {}): Promise<void> {
  const part = `${target}.part`;
  try {
    await mkdir(dirname(target), { recursive: true });
    const resumed = (await sizeOf(part)) > 0;
    await receiveAll(file, part, options);
    if (!(await isRight(part, file))) {
      await rm(part, { force: true });
      if (!resumed) throw mismatch(file);
      // What lay there was of another file, or of another time: once more, from nothing.
      await receiveAll(file, part, options);
      if (!(await isRight(part, file))) {
        await rm(part, { force: true });
        throw mismatch(file);
      }
    }
    await rename(part, target);
  } catch (cause) {
    if (cause instanceof TributaryError) throw cause;
    throw new TributaryError("file_unreadable", `${target} cannot be written`, { cause });
  }
}

const mismatch = ({ url }: OfficialFile) =>
  new TributaryError("digest_mismatch", `what came from ${url} is another file than its checksum names`, {
    hint: "Try again; if it stays, the origin has changed: bring the right file by hand, and name its folder with --data-dir.",
  });

const isRight = (path: string, file: OfficialFile): Promise<boolean> =>
  readVerified(path, file).then(
    () => true,
    () => false,
  );

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/** A failure that another attempt may get over. */
class Interruption extends Error {}

async function receiveAll(file: OfficialFile, part: string, options: DownloadOptions): Promise<void> {
  const { attempts = 3, pauseMs = 1_000, signal } = options;
  for (let attempt = 1; ; attempt++) {
    if (signal?.aborted) throw aborted();
    try {
      return await receive(file, part, options);
    } catch (cause) {
      if (signal?.aborted) throw aborted();
      if (!(cause instanceof Interruption)) throw cause;
      if (attempt >= attempts)
        throw new TributaryError("download_failed", `${file.url}: ${cause.message}`, { cause: cause.cause });
      await wait(pauseMs * attempt, undefined, signal ? { signal } : {}).catch(() => Promise.reject(aborted()));
    }
  }
}

const aborted = () => new TributaryError("aborted", "the download was called off");

/** One attempt, from where the last one ended. */
async function receive(file: OfficialFile, part: string, options: DownloadOptions): Promise<void> {
  const { stallMs = 30_000, signal, onProgress } = options;
  let received = await sizeOf(part);
  if (received > file.bytes) received = 0;
  if (received === file.bytes) return;
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(), stallMs);
  const either = signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal;
  // Append only what continues the part; anything else begins it anew.
  const response = await ask(file, received, either, options.fetch ?? fetch).catch((cause) => {
    clearTimeout(timer);
    throw stalled.signal.aborted ? new Interruption(`no answer for ${stallMs / 1_000} s`, { cause }) : cause;
  });
  try {
    if (response.status !== 206) received = 0;
    await using out = await open(part, received === 0 ? "w" : "a");
    onProgress?.({ file: file.name, received, total: file.bytes });
    for await (const chunk of response.body ?? []) {
      timer.refresh();
      received += chunk.byteLength;
      if (received > file.bytes) throw tooLarge(file, "more");
      await out.writeFile(chunk);
      onProgress?.({ file: file.name, received, total: file.bytes });
    }
    await out.sync();
  } catch (cause) {
    if (cause instanceof TributaryError || isFileError(cause)) throw cause;
    const why = stalled.signal.aborted ? `nothing came for ${stallMs / 1_000} s` : "the connection was lost";
    throw new Interruption(`${why} after ${received} of ${file.bytes} bytes`, { cause });
  } finally {
    clearTimeout(timer);
    await response.body?.cancel().catch(() => {});
  }
  if (received < file.bytes) throw new Interruption(`it ended after ${received} of ${file.bytes} bytes`);
}

/** Of the disk, not of the connection. */
const isFileError = (cause: unknown): boolean =>
  cause instanceof Error && "syscall" in cause && (cause.syscall === "open" || cause.syscall === "write");

const tooLarge = ({ url, bytes }: OfficialFile, offered: string) =>
  new TributaryError("download_failed", `${url}: ${offered} than the ${bytes} bytes that the file has`, {
    hint: "The origin has changed: bring the right file by hand, and name its folder with --data-dir.",
  });

async function ask(file: OfficialFile, from: number, signal: AbortSignal, fetcher: typeof fetch): Promise<Response> {
  // The file as it is, and not packed once more on its way.
  const headers = { "accept-encoding": "identity", ...(from > 0 && { range: `bytes=${from}-` }) };
  const response = await fetcher(file.url, { headers, signal }).catch((cause: Error) => {
    if (signal.aborted) throw cause;
    const reason = cause.cause instanceof Error ? cause.cause.message : cause.message;
    throw new Interruption(reason || "it can't be reached", { cause });
  });
  const { status } = response;
  const length = Number(response.headers.get("content-length") ?? Number.NaN);
  const refuse = async (error: Error) => {
    await response.body?.cancel().catch(() => {});
    throw error;
  };
  if (status === 206 && !response.headers.get("content-range")?.startsWith(`bytes ${from}-`))
    return refuse(new TributaryError("download_failed", `${file.url}: another part came than was asked for`));
  if (status === 200 || status === 206) {
    const whole = (status === 206 ? from : 0) + length;
    if (whole > file.bytes) return refuse(tooLarge(file, `${whole} bytes, more`));
    if (whole < file.bytes) return refuse(tooLarge(file, `${whole} bytes, less`));
    return response;
  }
  const text = `the answer was ${status} ${response.statusText}`.trim();
  if (status >= 500 || status === 429 || status === 408) return refuse(new Interruption(text));
  return refuse(new TributaryError("download_failed", `${file.url}: ${text}`));
}
