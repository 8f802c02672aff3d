import { join } from "node:path";
import { TributaryError } from "@tributary/protocol";
import { pathWithin } from "../files/path-within.js";
import { readBounded } from "../files/verified-file.js";
import { anyManifestSchema, MANIFEST_FILE, MAX_MANIFEST_BYTES, type Manifest, manifestSchema } from "./manifest.js";

/** What a shard's manifest says, without reading its samples. @throws TributaryError `shard_missing`, `shard_invalid` */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, MANIFEST_FILE);
  const json = await readJson(folder);
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TributaryError("shard_invalid", `${path}: ${issue?.path.join(".") || "the manifest"}: ${issue?.message}`);
}

/** The files that a shard of this or an earlier version consists of. @throws TributaryError `shard_missing`, `shard_invalid` */
export async function filesOfShard(folder: string): Promise<string[]> {
  const parsed = anyManifestSchema.safeParse(await readJson(folder));
  if (parsed.success) return [MANIFEST_FILE, ...Object.values(parsed.data.files).map(({ name }) => name)];
  throw new TributaryError("shard_invalid", `${join(folder, MANIFEST_FILE)} is not that of a shard`);
}

async function readJson(folder: string): Promise<unknown> {
  let text: string;
  try {
    text = new TextDecoder().decode(await readBounded(await pathWithin(folder, MANIFEST_FILE), MAX_MANIFEST_BYTES));
  } catch (cause) {
    if (cause instanceof TributaryError && cause.code === "file_invalid")
      throw new TributaryError("shard_invalid", cause.message);
    throw new TributaryError("shard_missing", `${folder} holds no shard`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TributaryError("shard_invalid", `${join(folder, MANIFEST_FILE)} is no JSON`, { cause });
  }
}
