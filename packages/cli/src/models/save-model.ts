import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import type { TributaryClient, Version } from "@tributary/client";
import { syncFolder, TributaryError } from "@tributary/protocol";

/** Downloads a model to a file, which appears whole. @throws TributaryError `file_unreadable`, what the coordinator refuses with */
export async function saveModel(client: TributaryClient, job: string, version: Version, file: string): Promise<void> {
  const model = await client.models.stream(job, version);
  await appearWhole(file, "the model", (temporary) => pipeline(model, createWriteStream(temporary, { flush: true })));
}

/** Writes a model, or what else it is, to a file, which appears whole. @throws TributaryError `file_unreadable` */
export const writeWhole = (file: string, content: Uint8Array, what = "the model"): Promise<void> =>
  appearWhole(file, what, (temporary) => writeFile(temporary, content, { flush: true }));

async function appearWhole(file: string, what: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${file}.part`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await write(temporary);
    await rename(temporary, file);
    await syncFolder(dirname(file));
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    if (cause instanceof TributaryError) throw cause;
    throw new TributaryError("file_unreadable", `${what} cannot be written to ${file}`, { cause });
  }
}
