import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stampFolder } from "../folders.mjs";
import { tfjsNode } from "./tfjs-node.mjs";

/** @typedef {import("../native.mjs").Provision} Provision */

/** A failure is believed for so long: a second run must not wait for the same time-outs. */
const RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

const stampFile = join(stampFolder, "native.json");

/**
 * What an earlier set-up found out. Loading libtensorflow takes a second, so it is not done at each start.
 *
 * @returns {Provision | undefined} undefined when nothing is known about this Node and this add-on
 */
export function readStamp() {
  try {
    const stamp = JSON.parse(readFileSync(stampFile, "utf8"));
    if (stamp.about !== about()) return undefined;
    return stamp.version === undefined && Date.now() - stamp.at > RETRY_AFTER_MS ? undefined : stamp;
  } catch {
    return undefined;
  }
}

/** @param {Provision} provision */
export function writeStamp(provision) {
  mkdirSync(stampFolder, { recursive: true });
  writeFileSync(stampFile, JSON.stringify({ about: about(), at: Date.now(), ...provision }));
}

/** What the finding depends on. */
function about() {
  return [process.version, ...[tfjsNode.addon, join(tfjsNode.library, "lib/libtensorflow.so")].map(trace)].join(" ");
}

/** @param {string} file @returns {string} changes when the file does */
function trace(file) {
  const facts = statSync(file, { throwIfNoEntry: false });
  return facts === undefined ? "none" : `${facts.size}@${facts.mtimeMs}`;
}
