import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { audit } from "../federation/audit.js";
import { Federation, type Outcome } from "../federation/federation.js";
import { samples, smallJob, writeShards } from "../federation/small-job.js";
import type { OwnScenario } from "./own-scenario.js";

const MIB = 1024 * 1024;
/** Room for a database, a job's models, and the reserve that a coordinator keeps. */
const DISK_MIB = 256;
/** What is left of it when it is filled. */
const LEFT = 4 * MIB;
const ROUNDS = 8;
/** How long it stays full, ms. */
const FULL_MS = 5_000;
const LIMIT_MS = 120_000;

/** The coordinator's disk, a small one of its own, is filled in the middle of a job and emptied again. */
export const fullDisk: OwnScenario = {
  group: "disk",
  name: `full for ${FULL_MS / 1_000} s in the middle of a job`,
  impossible: () =>
    process.platform === "linux" && process.getuid?.() === 0
      ? undefined
      : "a small disk is a tmpfs, and to mount one takes root",
  async run(folder, seed) {
    const disk = join(folder, "disk");
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_MIB}m`, "tmpfs", disk]);
    try {
      const shards = await writeShards(folder);
      await using federation = await Federation.start({ folder, shards, dataDir: join(disk, "coordinator") });
      const spec = { ...smallJob(seed), rounds: ROUNDS };
      const filling = fillFor(federation, disk);
      const disturbed = await federation.run(spec, LIMIT_MS);
      const wrong = [...(await filling), ...wrongWith(disturbed)];
      await federation.settled();
      const undisturbed = await federation.run(spec, LIMIT_MS);
      wrong.push(...wrongWith(undisturbed));
      const sameDigest = disturbed.job.model !== null && disturbed.job.model.digest === undisturbed.job.model?.digest;
      if (!sameDigest) wrong.push("the model is another one than that of the undisturbed run");
      return {
        sameDigest,
        secondsLost: disturbed.seconds - undisturbed.seconds,
        kills: 0,
        bytesRatio: undefined,
        wrong,
      };
    } finally {
      execFileSync("umount", [disk]);
    }
  },
};

/** @returns what the coordinator should have said meanwhile, and did not */
async function fillFor({ client }: Federation, disk: string): Promise<string[]> {
  await pause(500);
  const ballast = join(disk, "ballast");
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(ballast, new Uint8Array(bavail * bsize - LEFT));
  try {
    await pause(FULL_MS);
    const [job] = await client.jobs.list();
    if (job?.status !== "running") return [`the job was ${job?.status} while the disk was full`];
    const refusal = await client.jobs.create(smallJob(1)).then(
      () => "it took a job",
      (error: unknown) =>
        error instanceof Error && "code" in error && error.code === "disk_full" ? undefined : String(error),
    );
    return refusal === undefined ? [] : [`while the disk was full: ${refusal}`];
  } finally {
    rmSync(ballast);
  }
}

const wrongWith = ({ job, rounds }: Outcome): string[] =>
  job.status === "completed"
    ? audit(rounds, ROUNDS, samples)
    : [`the job ${job.status}: ${job.reason ?? "no reason given"}`];
