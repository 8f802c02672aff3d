import { opendir } from "node:fs/promises";
import { join } from "node:path";
import { TributaryError } from "@tributary/protocol";
import { MAX_CLASSES } from "../check-dataset.js";
import { pathWithin } from "../files/path-within.js";

/** One image of a folder. */
export interface ListedImage {
  /** Where it really lies. */
  readonly path: string;
  /** Name of the folder that it is in: its class. */
  readonly className: string;
  /** Name of the folder above that, where there is one: whose it is. */
  readonly id?: string;
}

/** As many entries may a folder have, and images all of them together. */
const MAX_ENTRIES = 1_000_000;
const IMAGE = /\.(?:png|jpe?g|webp)$/i;

/**
 * Images in folders that are named after their classes, sorted: `cat/1.png`; with ids, those in folders of whose they are:
 * `anna/cat/1.png`. Hidden files are skipped; anything else that is no image is refused, so that none is lost unnoticed.
 *
 * @throws TributaryError `file_unreadable`, `file_invalid` naming the entry that does not belong there, or leads out of the folder
 */
export async function listImages(root: string, withIds: boolean): Promise<ListedImage[]> {
  const images: ListedImage[] = [];
  for (const id of withIds ? await foldersIn(root, "") : [undefined])
    for (const className of await foldersIn(root, id ?? ""))
      for (const name of await entriesOf(join(root, id ?? "", className))) {
        const within = join(id ?? "", className, name);
        if (!IMAGE.test(name))
          throw new TributaryError("file_invalid", `${join(root, within)} is no PNG, JPEG or WebP file`, {
            hint: "Only images belong in the folder of a class; convert or remove it.",
          });
        images.push({ path: await pathWithin(root, within), className, ...(id !== undefined && { id }) });
        if (images.length > MAX_ENTRIES)
          throw new TributaryError("file_invalid", `${root} has more than ${MAX_ENTRIES} images`);
      }
  if (images.length === 0)
    throw new TributaryError("file_invalid", `${root} holds no images`, {
      hint: "Put them in folders that are named after their classes: cat/1.png.",
    });
  return images;
}

async function foldersIn(root: string, name: string): Promise<string[]> {
  const folder = join(root, name);
  const names = await entriesOf(folder);
  if (names.length > MAX_CLASSES)
    throw new TributaryError(
      "file_invalid",
      `${folder} has ${names.length} folders, ${MAX_CLASSES} at most are possible`,
    );
  for (const entry of names) await entriesOf(await pathWithin(root, join(name, entry)), 1);
  return names;
}

/** What a folder holds, sorted by code units, as is the same on every machine; of at most `most` entries where that is enough. */
async function entriesOf(folder: string, most = MAX_ENTRIES): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of await opendir(folder)) {
      if (name.startsWith(".")) continue;
      names.push(name);
      if (names.length >= most) break;
    }
  } catch (cause) {
    const isFile = cause instanceof Error && "code" in cause && cause.code === "ENOTDIR";
    if (isFile) throw new TributaryError("file_invalid", `${folder} is a file where a folder is wanted`, { cause });
    throw new TributaryError("file_unreadable", `${folder} cannot be read`, { cause });
  }
  return names.sort();
}
