import type { DatasetOptions } from "@tributary/data";
import { type Command, Option } from "commander";
import { DownloadProgress } from "../output/download-progress.js";
import { stopSignal } from "../signals.js";

export interface DownloadFlags {
  readonly dataDir?: string;
  readonly mirror?: string;
}

export const withDownload = (command: Command): Command =>
  command
    .addOption(
      new Option("--data-dir <folder>", "folder with the public data set's files; default: a cache of downloads").env(
        "TRIBUTARY_DATASETS_DIR",
      ),
    )
    .option("--mirror <url>", "folder of a server that has the same files as the origin");

/** How to get files, with a bar as they come, which ends with the scope. */
export function downloadOptions({ dataDir, mirror }: DownloadFlags): Disposable & { readonly options: DatasetOptions } {
  const progress = new DownloadProgress();
  return {
    options: {
      ...(dataDir !== undefined && { dataDir }),
      ...(mirror !== undefined && { mirror }),
      signal: stopSignal(),
      onProgress: (state) => progress.show(state),
    },
    [Symbol.dispose]: () => progress.stop(),
  };
}
