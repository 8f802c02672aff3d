import { TributaryError } from "@tributary/protocol";
import { checkDataset } from "../check-dataset.js";
import type { ImageSet, Normalisation } from "../dataset.js";
import { naturalIds } from "../natural-ids.js";
import { normalisationOf } from "../statistics.js";
import { decodeImage, type SampleSize } from "./decode-image.js";
import { type ListedImage, listImages } from "./list-images.js";

export interface ImageFolder {
  /** Name of the data set, by which jobs ask for it. */
  readonly name: string;
  /** With a folder for each class, named after it, in which its images lie. */
  readonly folder: string;
  /** All images become of this size. */
  readonly size: SampleSize;
  /** Whether the folders of classes lie in folders of whose the images are. Default false. */
  readonly withIds?: boolean;
  /** Names of the classes, by label. Default: the folders' names, sorted. Sites that train together must give the same. */
  readonly classNames?: readonly string[];
  /** Default: the statistics of these images. Sites that train together must give the same. */
  readonly normalisation?: Normalisation;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** No more than 2 GiB of values. */
const MAX_VALUES = 2 ** 31;
/** Images that are decoded at once. */
const AT_ONCE = 4;

/**
 * Images in folders that are named after their classes: `FOLDER/cat/1.png`.
 * @throws TributaryError `file_unreadable`, `file_invalid` naming the file that is no image, or leads out of the folder;
 *   `invalid_request`, `aborted`
 */
export async function imageFolder(options: ImageFolder): Promise<ImageSet> {
  const { name, folder, size } = options;
  const shape = shapeOf(size);
  const images = await listImages(folder, options.withIds ?? false);
  const classNames = options.classNames ?? [...new Set(images.map(({ className }) => className))].sort();
  const places = new Map(classNames.map((className, place) => [className, place]));
  const labels = Int32Array.from(images, ({ className, path }) => {
    const place = places.get(className);
    if (place === undefined)
      throw new TributaryError("file_invalid", `${path} is of "${className.slice(0, 60)}", which is no class`, {
        hint: `The classes are ${classNames.slice(0, 20).join(", ").slice(0, 300)}.`,
      });
    return place;
  });
  const values = await decodeAll(images, options, shape);
  const set: ImageSet = {
    name,
    count: images.length,
    shape,
    classes: classNames.length,
    classNames,
    values,
    labels,
    normalisation: options.normalisation ?? normalisationOf({ values, shape }),
    ...(options.withIds && { ids: naturalIds(images.map(({ id = "" }) => id)) }),
  };
  checkDataset(set);
  return set;
}

function shapeOf({ channels, height, width }: SampleSize): [number, number, number] {
  const isLength = (value: number) => Number.isInteger(value) && value >= 1 && value <= 4_096;
  if (isLength(height) && isLength(width) && (channels === 1 || channels === 3)) return [channels, height, width];
  throw new TributaryError("invalid_request", `images can't become ${channels} channels of ${height}×${width}`, {
    hint: "Give 1 or 3 channels, and 1 to 4096 pixels.",
  });
}

async function decodeAll(
  images: readonly ListedImage[],
  { size, signal, onProgress }: ImageFolder,
  shape: readonly number[],
): Promise<Uint8Array> {
  const each = shape.reduce((product, length) => product * length, 1);
  if (images.length * each > MAX_VALUES)
    throw new TributaryError("invalid_request", `${images.length} images of [${shape}] are more than 2 GiB`, {
      hint: "Choose a smaller size, or take fewer images at a time.",
    });
  const values = new Uint8Array(images.length * each);
  let next = 0;
  let done = 0;
  const work = async () => {
    while (next < images.length) {
      if (signal?.aborted) throw new TributaryError("aborted", "reading images was called off");
      const place = next++;
      const image = images[place];
      if (image !== undefined) values.set(await decodeImage(image.path, size), place * each);
      done += 1;
      onProgress?.(done, images.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work)).finally(() => {
    next = images.length;
  });
  return values;
}
