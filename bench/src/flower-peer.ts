import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { type Dataset, loader } from "@tributary/data";
import { bytesOf } from "./batches.js";

export interface FlowerRounds {
  readonly model: string;
  /** All there are; each has an equal part of the data set. */
  readonly clients: number;
  readonly cohort: number;
  readonly rounds: number;
  readonly batchSize: number;
  readonly epochs: number;
  /** false: clients return the model as it came. */
  readonly training: boolean;
  readonly dataset: Dataset;
  /** Clients that train at once, each with one thread. */
  readonly cores: number;
}

export interface FlowerTimes {
  readonly version: string;
  readonly torch: string;
  readonly roundMs: readonly number[];
}

const script = fileURLToPath(new URL("../peers/flower_peer.py", import.meta.url));

/**
 * The same rounds in Flower's simulation on Ray.
 *
 * @param python a Python that can import flwr, ray and torch
 */
export async function runFlower(python: string, rounds: FlowerRounds): Promise<FlowerTimes> {
  const { dataset, training } = rounds;
  const folder = await mkdtemp(join(tmpdir(), "tributary-flower-"));
  try {
    const data = join(folder, "data");
    await using file = await open(data, "w");
    // One batch of all.
    for (const { images, labels } of loader(dataset, { batchSize: dataset.count }))
      for (const part of [images, labels]) await file.writeFile(bytesOf(part));
    const child = spawn(
      python,
      [
        ...[script, rounds.model, ...[rounds.clients, rounds.cohort, rounds.rounds, rounds.batchSize].map(String)],
        ...[String(rounds.epochs), training ? "yes" : "no", data, String(dataset.count), dataset.shape.join("x")],
        String(rounds.cores),
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const [output] = await Promise.all([text(child.stdout), once(child, "spawn")]);
    if (child.exitCode === null) await once(child, "exit");
    if (child.exitCode !== 0) throw new Error(`${python} ended with ${child.exitCode}; can it import flwr and ray?`);
    return JSON.parse(output.trimEnd().split("\n").at(-1) ?? "");
  } finally {
    await rm(folder, { recursive: true });
  }
}
