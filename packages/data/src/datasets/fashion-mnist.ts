import type { ImageSet } from "../dataset.js";
import type { OfficialFile } from "../download/download-file.js";
import type { Split } from "./datasets.js";
import { idxImages } from "./idx-images.js";
import { type DatasetOptions, readOfficial } from "./official-files.js";

// Xiao, Rasul and Vollgraf 2017, "Fashion-MNIST". The origin speaks no TLS: the checksums say that the right files came.
const origin = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/";
const at = (name: string, bytes: number, sha256: string): OfficialFile => ({
  name,
  url: origin + name,
  bytes,
  sha256,
});

const files = {
  train: {
    images: at(
      "train-images-idx3-ubyte.gz",
      26_421_880,
      "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    ),
    labels: at(
      "train-labels-idx1-ubyte.gz",
      29_515,
      "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    ),
  },
  test: {
    images: at(
      "t10k-images-idx3-ubyte.gz",
      4_422_102,
      "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    ),
    labels: at("t10k-labels-idx1-ubyte.gz", 5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
  },
} as const;

export const fashionMnistFiles: readonly OfficialFile[] = Object.values(files).flatMap(({ images, labels }) => [
  images,
  labels,
]);

const facts = {
  name: "fashion-mnist",
  classNames: [
    ...["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"],
    ...["Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
  ],
  normalisation: { mean: [0.286], deviation: [0.353] },
};

/**
 * Fashion-MNIST: 60,000 images to train with, 10,000 to test with, [1, 28, 28], ten classes. Normalised by the mean 0.2860 and
 * the deviation 0.3530 of its training images.
 *
 * @throws TributaryError `download_failed`, `digest_mismatch`, `file_unreadable`, `file_invalid`
 */
export async function fashionMnist(split: Split, options: DatasetOptions = {}): Promise<ImageSet> {
  // One after the other: each has a progress of its own.
  const labels = await readOfficial(facts.name, files[split].labels, options);
  const images = await readOfficial(facts.name, files[split].images, options);
  return idxImages(facts, images, labels);
}
