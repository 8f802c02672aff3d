import { TributaryError } from "@tributary/protocol";
import type { ImageSet } from "../image-set.js";
import { mnist } from "./mnist.js";

export type Split = "train" | "test";

const datasets: Readonly<Record<string, (split: Split) => Promise<ImageSet>>> = { mnist };

/** Names that `openDataset` takes. */
export const datasetNames: readonly string[] = Object.keys(datasets);

/** A data set that comes with Tributary. @throws TributaryError `unknown_dataset` naming those there are */
export async function openDataset(name: string, split: Split): Promise<ImageSet> {
  const open = Object.hasOwn(datasets, name) ? datasets[name] : undefined;
  if (open === undefined)
    throw new TributaryError(
      "unknown_dataset",
      `there is no data set "${name.slice(0, 60)}"; there are ${datasetNames.join(", ")}`,
      {
        hint: "Choose one of those.",
      },
    );
  return open(split);
}
