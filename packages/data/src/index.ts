export { type CsvFile, csvDataset } from "./csv/csv-dataset.js";
export {
  type Dataset,
  type ImageSet,
  type Labels,
  type Normalisation,
  sampleSize,
  subset,
  type Values,
} from "./dataset.js";
export { cifar10 } from "./datasets/cifar-10.js";
export {
  type DatasetFacts,
  datasetFacts,
  datasetNames,
  downloadDataset,
  openDataset,
  type Split,
} from "./datasets/datasets.js";
export { fashionMnist } from "./datasets/fashion-mnist.js";
export { mnist } from "./datasets/mnist.js";
export { type DatasetOptions, defaultCacheDir } from "./datasets/official-files.js";
export type { DownloadOptions, DownloadProgress } from "./download/download-file.js";
export { encodeIdx, type IdxArray, parseIdx } from "./idx/idx.js";
export { decodePixels, type SampleSize } from "./image-folder/decode-image.js";
export { type ImageFolder, imageFolder } from "./image-folder/image-folder.js";
export { type Batch, type LoaderOptions, loader } from "./loader/loader.js";
export { type NaturalIds, naturalIds } from "./natural-ids.js";
export { type NpyFiles, npyDataset } from "./npy/npy-dataset.js";
export { type NpyArray, readNpy } from "./npy/read-npy.js";
export { type PartitionSpec, partition } from "./partition/partition.js";
export { type PartitionRequest, partitionDataset } from "./partition/partition-dataset.js";
export type { LabelDistribution } from "./picture/label-distribution.js";
export { type SvgPictureOptions, svgPicture } from "./picture/svg-picture.js";
export { type TextPictureOptions, textPicture } from "./picture/text-picture.js";
export type { Manifest } from "./shard/manifest.js";
export { openShard, type Shard } from "./shard/open-shard.js";
export { readManifest } from "./shard/read-manifest.js";
export { type ShardOptions, writeShard } from "./shard/write-shard.js";
export { channelStatistics, labelCounts, normalisationOf, oneHot } from "./statistics.js";
export type { Transform } from "./transforms/transform.js";
