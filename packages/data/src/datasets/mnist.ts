import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ImageSet } from "../dataset.js";
import { readVerified } from "../files/verified-file.js";
import type { Split } from "./datasets.js";
import { idxImages } from "./idx-images.js";

const folder = fileURLToPath(new URL("../../datasets/mnist/", import.meta.url));

const files = {
  train: {
    images: {
      name: "train-images-idx3-ubyte.gz",
      bytes: 9_912_422,
      sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    },
    labels: {
      name: "train-labels-idx1-ubyte.gz",
      bytes: 28_881,
      sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    },
  },
  test: {
    images: {
      name: "t10k-images-idx3-ubyte.gz",
      bytes: 1_648_877,
      sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    },
    labels: {
      name: "t10k-labels-idx1-ubyte.gz",
      bytes: 4_542,
      sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
  },
} as const;

/**
 * MNIST, embedded: 60,000 images to train with, 10,000 to test with, [1, 28, 28], ten classes.
 * Normalised by mean 0.1307 and deviation 0.3081, as PyTorch's example does.
 *
 * @throws TributaryError `file_unreadable`, `file_invalid` when the files of the installation are damaged
 */
export async function mnist(split: Split): Promise<ImageSet> {
  const read = async ({ name, ...expected }: (typeof files)[Split]["images" | "labels"]) => {
    const path = join(folder, name);
    return { path, bytes: await readVerified(path, expected) };
  };
  const [images, labels] = await Promise.all([read(files[split].images), read(files[split].labels)]);
  return idxImages({ name: "mnist", normalisation: { mean: [0.1307], deviation: [0.3081] } }, images, labels);
}
