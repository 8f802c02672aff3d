import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { LocalFederation } from "@tributary/cli";
import { makeLongJob, Peer } from "@tributary/coordinator/testing";
import type { v1 } from "@tributary/protocol";
import { Command } from "commander";
import { chromium } from "playwright-core";
import { openViewers } from "./open-viewers.js";
import { median, report, rounded, say } from "./report.js";

interface Options {
  readonly workers: number;
  readonly rounds: number;
  readonly viewers: number;
  readonly periodRounds: number;
  readonly repeats: number;
  readonly keep?: string;
}

/** Workers of the long job's rounds. */
const LONG_COHORT = 20;
/** How long a worker acts as if it trained, ms, and how often it says how far it is meanwhile. */
const TRAINING_MS = 2_000;
const PROGRESS_MS = 200;
/** Clock ticks of proc(5) in a second: Linux has no other number. */
const TICKS = 100;
const PAGE_LOADS = 5;
const browserFile = [process.env.TRIBUTARY_CHROMIUM ?? "", "/usr/bin/chromium", "/usr/bin/chromium-browser"].find(
  (file) => existsSync(file),
);

/** What people who look on cost a coordinator with many workers and a long history. */
export const viewers = (): Command =>
  new Command("viewers")
    .description(
      "seconds until the page of a long job stands, and what many open pages cost the coordinator and its rounds",
    )
    .option("--workers <n>", "simulated workers, on real sockets", Number, 200)
    .option("--rounds <n>", "rounds of the long job in the store", Number, 10_000)
    .option("--viewers <n>", "open pages: each has a stream of the federation and one of the job", Number, 50)
    .option("--period-rounds <n>", "rounds of each period, with or without viewers", Number, 10)
    .option("--repeats <n>", "periods of each kind, in turn", Number, 3)
    .option("--json", "accepted for every benchmark; the result is always JSON")
    .option("--keep <name>", "keep the result in bench/results under this name")
    .action(run);

async function run({ workers, rounds, viewers, periodRounds, repeats, keep }: Options): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "tributary-bench-"));
  const peers: Peer[] = [];
  try {
    say(`writing the journal of ${rounds} rounds`);
    const long = await makeLongJob({ dataDir: join(folder, "coordinator"), rounds, workers: LONG_COHORT });
    await using federation = await LocalFederation.start({ folder });
    const { client, url } = federation;
    await client.jobs.cancel(long.job);
    say(`${workers} workers join`);
    for (let index = 0; index < workers; index++)
      peers.push(
        await Peer.join({ url, token: federation.joinToken, name: `peer-${index}`, onAssignment: trainForAWhile }),
      );
    const job = await client.jobs.create({
      ...{ name: "running", model: "logistic", dataset: "mnist", rounds: 100_000 },
      cohort: { size: workers, minimum: workers, quorum: workers },
      evaluation: { every: 0 },
    });
    await setTimeout(5 * TRAINING_MS);
    const jobPageSeconds = await pageSeconds(federation, long.job);
    const without: Period[] = [];
    const withViewers: Period[] = [];
    for (let repeat = 1; repeat <= repeats; repeat++) {
      without.push(await measure(federation, job.id, periodRounds));
      const close = openViewers(federation, job.id, viewers);
      await setTimeout(TRAINING_MS);
      withViewers.push(await measure(federation, job.id, periodRounds));
      close();
      say(`period ${repeat}/${repeats}: ${JSON.stringify([without.at(-1), withViewers.at(-1)])}`);
      await setTimeout(TRAINING_MS);
    }
    const shares = withViewers.map(({ cpuShare }, index) => cpuShare - (without[index]?.cpuShare ?? Number.NaN));
    const overhead = (periods: readonly Period[]) => median(periods.map(({ overheadMs }) => overheadMs));
    report(
      {
        ...{ bench: "viewers", workers, rounds, viewers },
        jobPageSeconds: jobPageSeconds.length > 0 ? rounded(median(jobPageSeconds), 3) : null,
        streamCpuShare: rounded(median(shares), 4),
        roundOverheadRatio: rounded(overhead(withViewers) / overhead(without), 3),
        everyJobPageSeconds: jobPageSeconds.map((each) => rounded(each, 3)),
        periods: { without, with: withViewers },
      },
      keep,
    );
  } finally {
    for (const peer of peers) peer.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Says how far it is like one that trains, then returns the model as it came. */
async function trainForAWhile(assignment: v1.Assignment, peer: Peer): Promise<void> {
  const { task } = assignment;
  const place = { job: task?.job ?? "", round: task?.round ?? 0, attempt: task?.attempt ?? 0 };
  const total = TRAINING_MS / PROGRESS_MS;
  for (let done = 1; done <= total; done++) {
    await setTimeout(PROGRESS_MS);
    await peer.channel.call("progress", { ...place, phase: "train", done, total, loss: 1 / done });
  }
  await peer.obey(assignment);
}

interface Period {
  /** Processor time of the coordinator, as a part of one core. */
  readonly cpuShare: number;
  /** What a round took beyond its workers' training, the median, ms. */
  readonly overheadMs: number;
}

/** Looks at a job over some whole rounds. */
async function measure({ client, coordinator }: LocalFederation, job: string, count: number): Promise<Period> {
  const { round: underway } = await client.jobs.get(job);
  const watch = client.watchRounds(job, { from: "now" });
  const overheadMs: number[] = [];
  let began = 0;
  let cpuBefore = 0;
  for await (const { number, timings } of watch) {
    // What is under way began before the period did.
    if (number > underway) overheadMs.push((timings.totalMs ?? Number.NaN) - TRAINING_MS);
    else [began, cpuBefore] = [performance.now(), await cpuSeconds(coordinator.pid)];
    if (overheadMs.length === count) break;
  }
  const cpu = (await cpuSeconds(coordinator.pid)) - cpuBefore;
  const cpuShare = cpu / ((performance.now() - began) / 1_000);
  return { cpuShare: rounded(cpuShare, 4), overheadMs: rounded(median(overheadMs)) };
}

/** Processor time of a process and the kernel for it, proc(5). */
async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** How long it takes from the address until the charts of a job stand, in a browser that has been there before. */
async function pageSeconds({ url, adminToken }: LocalFederation, job: string): Promise<number[]> {
  if (browserFile === undefined) return [];
  const browser = await chromium.launch({
    executablePath: browserFile,
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  try {
    const page = await browser.newPage();
    await page.goto(url);
    await page.getByLabel("Admin token").fill(adminToken);
    await page.getByLabel("Stay signed in").check();
    await page.keyboard.press("Enter");
    await page.getByRole("table", { name: "Workers" }).waitFor();
    const seconds: number[] = [];
    for (let load = 0; load <= PAGE_LOADS; load++) {
      const began = performance.now();
      await page.goto(`${url}/?${load}#/jobs/${job}`);
      for (const chart of ["Accuracy", "Loss"])
        await page.getByRole("figure", { name: chart, exact: true }).locator("canvas").waitFor();
      // The first fills the caches.
      if (load > 0) seconds.push((performance.now() - began) / 1_000);
    }
    return seconds;
  } finally {
    await browser.close();
  }
}
