import { writeFile } from "node:fs/promises";
import { type Manifest, svgPicture, textPicture } from "@tributary/data";
import { TributaryError } from "@tributary/protocol";
import pc from "picocolors";
import { print } from "../output/print.js";

const colours = [pc.blue, pc.red, pc.green, pc.yellow, pc.cyan, pc.magenta, pc.gray, pc.blueBright, pc.redBright];

const distributions = (manifests: readonly Manifest[]) =>
  manifests.map(({ name, labelCounts }) => ({ name, counts: labelCounts }));

/** Bars of text, with a colour for each label where the terminal has some. */
export function printPicture(manifests: readonly Manifest[]): void {
  const paint = (piece: string, label: number) => (colours[label % colours.length] ?? pc.reset)(piece);
  const names = manifests.reduce((longest, { name }) => Math.max(longest, name.length), 0);
  const width = Math.max(20, Math.min(80, (process.stdout.columns ?? 100) - names - 14));
  print(textPicture(distributions(manifests), { width, paint }));
}

/** @throws TributaryError `file_unreadable` when the file can't be written */
export async function writePicture(path: string, manifests: readonly Manifest[], title?: string): Promise<void> {
  const [first] = manifests;
  const svg = svgPicture(distributions(manifests), {
    title: title ?? `Labels of ${first?.dataset ?? "no data set"} by shard`,
    ...(first?.classNames && { classNames: first.classNames }),
  });
  await writeFile(path, svg).catch((cause) => {
    throw new TributaryError("file_unreadable", `${path} cannot be written`, { cause });
  });
}
