import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { TributaryError } from "@tributary/protocol";
import { extract } from "tar-stream";
import { MANIFEST, type Manifest, manifestSchema, pathOf, SUMS, tableOf } from "./format.js";

/** The largest manifest, and the largest part of a table or list of digests, that is read into memory, bytes. */
const MOST_BYTES = 256 * 1024 * 1024;

const HINT = "Take another copy of the backup: nothing of this one was put in place.";

/** Takes the content of an entry, all of it. */
export type Visit = (name: string, content: AsyncIterable<Uint8Array>) => Promise<void>;

/**
 * Reads a backup from its first entry to its last, and checks every digest. What `visit` was given counts only when the promise
 * is fulfilled.
 *
 * @throws TributaryError `file_unreadable`, `file_invalid` (no backup, cut off, changed), and what `visit` throws
 */
export async function readArchive(path: string, visit: Visit): Promise<Manifest> {
  const digests = new Map<string, string>();
  let sums: Uint8Array | undefined;
  let manifest: Uint8Array | undefined;
  for await (const { name, content } of entriesOf(path)) {
    if (manifest !== undefined) throw damaged(path, `there is something after ${MANIFEST}`);
    if (name === SUMS) sums = await collect(content);
    else if (name === MANIFEST) manifest = await collect(content);
    else {
      if (digests.has(name)) throw damaged(path, `it has ${name} twice`);
      if (sums !== undefined || (tableOf(name) === undefined && pathOf(name) === undefined))
        throw damaged(path, `${name.slice(0, 200)} does not belong into it`);
      const hash = createHash("sha256");
      await visit(name, hashing(content, hash));
      digests.set(name, hash.digest("hex"));
    }
  }
  if (sums === undefined || manifest === undefined) throw damaged(path, "it is not whole");
  return check(path, digests, sums, manifest);
}

function check(path: string, digests: ReadonlyMap<string, string>, sums: Uint8Array, manifest: Uint8Array): Manifest {
  const parsed = manifestSchema.safeParse(parse(Buffer.from(manifest).toString()));
  if (!parsed.success) throw damaged(path, `its ${MANIFEST} is of another format`);
  if (createHash("sha256").update(sums).digest("hex") !== parsed.data.sums)
    throw damaged(path, `its ${SUMS} was changed`);
  const lines = Buffer.from(sums).toString().split("\n").slice(0, -1);
  for (const line of lines) {
    const [digest, name] = [line.slice(0, 64), line.slice(66)];
    if (digests.get(name) !== digest) throw damaged(path, `the digest of ${name.slice(0, 200)} does not match`);
  }
  if (lines.length !== digests.size || lines.length !== parsed.data.entries) throw damaged(path, "entries were added");
  return parsed.data;
}

async function* entriesOf(path: string): AsyncGenerator<{ name: string; content: AsyncIterable<Uint8Array> }> {
  const file = createReadStream(path);
  const tar = extract();
  let failure: unknown;
  file.on("error", (cause) => {
    failure = new TributaryError("file_unreadable", `the backup ${path} cannot be read`, { cause });
    tar.destroy();
  });
  file.pipe(tar);
  try {
    for await (const entry of tar) {
      const { name, type } = entry.header;
      if (type !== "file") throw damaged(path, `${name.slice(0, 200)} is no file`);
      yield { name, content: bytesOf(entry) };
    }
  } catch (cause) {
    if (failure !== undefined) throw failure;
    if (cause instanceof TributaryError) throw cause;
    throw damaged(path, "it is no whole tar", cause);
  } finally {
    file.destroy();
  }
  if (failure !== undefined) throw failure;
}

/** The content of an entry. What goes wrong in the tar goes wrong here too. */
async function* bytesOf(content: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  const parts = content[Symbol.asyncIterator]();
  for (;;) {
    const next = await parts.next().catch((cause: unknown) => {
      throw new TributaryError("file_invalid", "the backup is no whole tar", { cause, hint: HINT });
    });
    if (next.done === true) return;
    if (!(next.value instanceof Uint8Array))
      throw new TributaryError("internal", "a tar gave something else than bytes");
    yield next.value;
  }
}

async function* hashing(content: AsyncIterable<Uint8Array>, hash: { update(part: Uint8Array): unknown }) {
  for await (const part of content) {
    hash.update(part);
    yield part;
  }
}

/** @throws TributaryError `file_invalid` */
export async function collect(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of content) {
    size += part.byteLength;
    if (size > MOST_BYTES) throw new TributaryError("file_invalid", "an entry of the backup is too large");
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const damaged = (path: string, what: string, cause?: unknown): TributaryError =>
  new TributaryError("file_invalid", `${path} is no backup that can be restored: ${what}`, {
    cause,
    hint: HINT,
  });
