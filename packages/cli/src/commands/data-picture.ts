import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Manifest, readManifest } from "@tributary/data";
import { TributaryError } from "@tributary/protocol";
import { Command } from "commander";
import { printPicture, writePicture } from "../data/picture.js";
import { printJson } from "../output/print.js";

interface Options {
  readonly svg?: string;
  readonly title?: string;
  readonly json?: boolean;
}

/** `tributary data picture`: which labels each shard holds, as bars. */
export const dataPicture = (): Command =>
  new Command("picture")
    .description("show which labels each shard holds, as bars; their manifests are read, no samples")
    .argument("[folder]", "with a folder for each shard", "shards")
    .option("--svg <file>", "also write it as an SVG picture")
    .option("--title <text>", "of that picture")
    .option("--json", "print the counts as JSON")
    .addHelpText("after", "\nExample:\n  tributary data picture shards --svg labels.svg")
    .action(run);

async function run(folder: string, { svg, title, json }: Options): Promise<void> {
  const manifests = await manifestsIn(folder);
  if (svg !== undefined) await writePicture(svg, manifests, title);
  if (json)
    printJson(manifests.map(({ name, dataset, samples, labelCounts }) => ({ name, dataset, samples, labelCounts })));
  else printPicture(manifests);
}

/** Of all shards in a folder, sorted by name as people count: worker-2 before worker-10. */
async function manifestsIn(folder: string): Promise<Manifest[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
    throw new TributaryError("file_unreadable", `${folder} cannot be read`, { cause });
  });
  const manifests: Manifest[] = [];
  for (const entry of entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))) {
    const manifest = await readManifest(join(folder, entry.name)).catch((error) => {
      if (error instanceof TributaryError && error.code === "shard_missing") return undefined;
      throw error;
    });
    if (manifest !== undefined) manifests.push(manifest);
  }
  if (manifests.length === 0) throw new TributaryError("shard_missing", `${folder} holds no folder with a shard`);
  return manifests.sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
}
