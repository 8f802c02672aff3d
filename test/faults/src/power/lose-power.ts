import { copyFileSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Durable, keyOf, listing } from "./durable.js";

/** Whether what was not synced is on the disk all the same: asked for each file and each folder. */
export type Luck = () => boolean;

/**
 * Makes a folder what is found when the power is back, out of what a killed process left: only what was synced, and of the rest what
 * luck gives.
 */
export function losePower(folder: string, durable: Durable, luck: Luck): void {
  const image = `${folder}.image`;
  const places = placesIn(folder);
  const root = keyOf(statSync(folder, { bigint: true }));
  const build = (key: string, target: string): void => {
    mkdirSync(target, { mode: 0o700 });
    const place = places.get(key);
    const names = place !== undefined && luck() ? listing(place) : durable.namesOf(key);
    for (const [name, entry] of Object.entries(names)) {
      const to = join(target, name);
      if (entry.folder) build(entry.key, to);
      else buildFile(entry.key, to);
    }
  };
  const buildFile = (key: string, target: string): void => {
    const place = places.get(key);
    const content = place !== undefined && luck() ? place : durable.contentOf(key);
    if (content === undefined) writeFileSync(target, "");
    else copyFileSync(content, target);
  };
  build(root, image);
  rmSync(folder, { recursive: true });
  renameSync(image, folder);
  durable.forget();
  durable.takeTree(folder);
}

/** Where each file and folder was when the process was killed, by its key. */
function placesIn(folder: string): Map<string, string> {
  const places = new Map([[keyOf(statSync(folder, { bigint: true })), folder]]);
  const walk = (path: string): void => {
    for (const [name, { key, folder }] of Object.entries(listing(path))) {
      places.set(key, join(path, name));
      if (folder) walk(join(path, name));
    }
  };
  walk(folder);
  return places;
}
