import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { LocalFederation } from "@tributary/cli";
import { makeLongJob } from "@tributary/coordinator/testing";
import { Command } from "commander";
import { median, report, rounded, say } from "./report.js";

interface Options {
  readonly rounds: number;
  readonly workers: number;
  readonly repeats: number;
  readonly keep?: string;
}

/** How long a coordinator that was killed takes until it serves again, when its job has a long history. */
export const recovery = (): Command =>
  new Command("recovery")
    .description("seconds from the start of a coordinator that was killed until it serves and its job runs again")
    .option("--rounds <n>", "rounds of the job that are over", Number, 10_000)
    .option("--workers <n>", "workers of each round", Number, 20)
    .option("--repeats <n>", "how often it is killed and started", Number, 5)
    .option("--json", "accepted for every benchmark; the result is always JSON")
    .option("--keep <name>", "keep the result in bench/results under this name")
    .action(run);

async function run({ rounds, workers, repeats, keep }: Options): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "tributary-bench-"));
  try {
    say(`writing the journal of ${rounds} rounds with ${workers} workers`);
    const { job, events } = await makeLongJob({ dataDir: join(folder, "coordinator"), rounds, workers });
    const serving: number[] = [];
    for (let repeat = 0; repeat <= repeats; repeat++) {
      const began = performance.now();
      const federation = await LocalFederation.start({ folder });
      try {
        await untilRunning(federation, job);
        const seconds = (performance.now() - began) / 1000;
        // The first start is no recovery: nobody was killed.
        if (repeat > 0) serving.push(seconds);
        say(`${repeat === 0 ? "first start" : `start ${repeat}/${repeats} after kill -9`}: ${rounded(seconds, 2)} s`);
      } finally {
        federation.coordinator.kill("SIGKILL");
        await federation.coordinator.exited;
      }
    }
    report(
      {
        ...{ bench: "recovery", rounds, workers, events },
        servingSeconds: rounded(median(serving), 3),
        everyServingSeconds: serving.map((seconds) => rounded(seconds, 3)),
      },
      keep,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Asks until `/ready` answers 200 and says that the job runs. */
async function untilRunning({ url, adminToken }: LocalFederation, job: string): Promise<void> {
  const headers = { authorization: `Bearer ${adminToken}` };
  for (;;) {
    const response = await fetch(`${url}/ready`, { headers });
    const answer: unknown = await response.json();
    const isRunning =
      typeof answer === "object" && answer !== null && "runningJob" in answer && answer.runningJob === job;
    if (response.status === 200 && isRunning) return;
    await setTimeout(5);
  }
}
