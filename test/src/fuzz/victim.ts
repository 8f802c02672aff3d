import { join } from "node:path";
import { mnist, subset, writeShard } from "@tributary/data";
import { startFederation, temporaryFolder } from "../support/federation.js";
import { type FuzzOptions, type FuzzResult, fuzz } from "./fuzz.js";

export interface Victim {
  readonly attack: (options: Omit<FuzzOptions, "known">) => Promise<FuzzResult>;
  /** Rounds that the good worker has done. */
  readonly rounds: () => Promise<number>;
}

/** A coordinator in a process of its own, and a good worker that works all the time. */
export async function withVictim(act: (victim: Victim) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder();
  const shard = join(folder.path, "alice");
  await writeShard(shard, "alice", subset(await mnist("test"), Int32Array.of(0, 1, 2, 3)));
  await using federation = await startFederation(folder.path);
  federation.startWorker({ name: "alice", data: shard });
  while ((await federation.client.workers.list()).length === 0) await pause();
  const { jobs } = federation.client;
  const job = await jobs.create({
    ...{ name: "good", model: "lenet5", dataset: "mnist", rounds: 1_000_000, training: { idle: true } },
    ...{ cohort: { minimum: 1, quorum: 1 }, evaluation: { every: 0 } },
  });
  const rounds = async () => (await jobs.get(job.id)).round;
  while ((await rounds()) < 2) await pause();
  const model = Buffer.from((await jobs.get(job.id)).model?.digest ?? "", "hex");
  await act({ rounds, attack: (options) => fuzz(federation, { ...options, known: { job: job.id, model } }) });
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 100));
