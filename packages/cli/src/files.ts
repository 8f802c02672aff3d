import { open, stat } from "node:fs/promises";
import { TributaryError } from "@tributary/protocol";
import { bytes } from "./output/format.js";

/**
 * All bytes of a file of bounded size.
 * @param what it is, for the message: "the image" @param most bytes
 * @throws TributaryError `file_unreadable` naming the path, also for a folder or a device; `payload_too_large`
 */
export async function readBytes(path: string, what: string, most: number): Promise<Uint8Array> {
  try {
    // Before it is opened: a pipe would be waited for.
    if (!(await stat(path)).isFile()) throw new TributaryError("file_unreadable", `${what} ${path} is no file`);
    await using file = await open(path);
    const { size } = await file.stat();
    if (size > most)
      throw new TributaryError("payload_too_large", `${what} ${path} has ${bytes(size)}, ${bytes(most)} at most`, {
        hint: "Give a smaller file.",
      });
    const content = new Uint8Array(size);
    for (let at = 0; at < size; ) {
      const { bytesRead } = await file.read(content, at, Math.min(size - at, 2 ** 30), at);
      if (bytesRead === 0) return content.subarray(0, at);
      at += bytesRead;
    }
    return content;
  } catch (cause) {
    if (cause instanceof TributaryError) throw cause;
    throw new TributaryError("file_unreadable", `${what} ${path} cannot be read`, { cause });
  }
}
