import { TributaryError } from "@tributary/protocol";
import { checkLabels } from "../check-dataset.js";
import type { ImageSet, Normalisation } from "../dataset.js";
import { parseIdx } from "../idx/idx.js";

interface IdxFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

interface Facts {
  readonly name: string;
  readonly classNames?: readonly string[];
  readonly normalisation: Normalisation;
}

/**
 * Grey images of ten classes out of a file of images and a file of labels, as MNIST and its heirs have them.
 * @throws TributaryError `file_invalid` naming the file
 */
export async function idxImages(facts: Facts, images: IdxFile, labels: IdxFile): Promise<ImageSet> {
  const [values, classes] = await Promise.all([
    parseIdx(images.bytes, images.path),
    parseIdx(labels.bytes, labels.path),
  ]);
  const [count = 0, height = 0, width = 0] = values.shape;
  if (values.shape.length !== 3 || !(values.data instanceof Uint8Array))
    throw new TributaryError("file_invalid", `${images.path} holds no grey images, but [${values.shape}]`);
  if (classes.shape.join() !== String(count) || !(classes.data instanceof Uint8Array))
    throw new TributaryError(
      "file_invalid",
      `${labels.path} holds no labels of ${count} images, but [${classes.shape}]`,
    );
  checkLabels({ labels: classes.data, classes: 10 });
  return { ...facts, count, shape: [1, height, width], classes: 10, values: values.data, labels: classes.data };
}
