import { basename } from "node:path";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { TributaryError } from "@tributary/protocol";
import { extract } from "tar-stream";

/**
 * Files of a packed archive, in the order of `names`. They stay in memory, so no path in the archive leads anywhere.
 * @param path for messages @param size that each of them has, bytes
 * @throws TributaryError `file_invalid` naming the archive and what is wrong
 */
export async function unpackBatches(
  archive: Uint8Array,
  path: string,
  names: readonly string[],
  size: number,
): Promise<{ readonly name: string; readonly content: Uint8Array }[]> {
  const invalid = (what: string, cause?: unknown) => new TributaryError("file_invalid", `${path}: ${what}`, { cause });
  const found = new Map<string, Uint8Array>();
  const entries = extract();
  const gunzip = createGunzip();
  gunzip.on("error", (error) => entries.destroy(error));
  Readable.from(chunksOf(archive)).pipe(gunzip).pipe(entries);
  try {
    for await (const entry of entries) {
      const name = basename(entry.header.name);
      if (!names.includes(name) || found.has(name)) {
        entry.resume();
        continue;
      }
      if (entry.header.size !== size) throw invalid(`${name} has ${entry.header.size} bytes, not ${size}`);
      found.set(name, await contentOf(entry, size));
      if (found.size === names.length) break;
    }
  } catch (cause) {
    throw cause instanceof TributaryError ? cause : invalid("it cannot be unpacked", cause);
  } finally {
    gunzip.destroy();
  }
  return names.map((name) => {
    const content = found.get(name);
    if (content === undefined) throw invalid(`${name} is not in it`);
    return { name, content };
  });
}

/** In pieces, of which only a few are on their way at a time. */
function* chunksOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < bytes.byteLength; from += 2 ** 20) yield bytes.subarray(from, from + 2 ** 20);
}

async function contentOf(entry: AsyncIterable<unknown>, size: number): Promise<Uint8Array> {
  const content = new Uint8Array(size);
  let filled = 0;
  for await (const chunk of entry) {
    if (!(chunk instanceof Uint8Array)) continue;
    content.set(chunk, filled);
    filled += chunk.byteLength;
  }
  return content;
}
