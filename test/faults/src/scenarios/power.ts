import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type CoordinatorPoint, stream } from "@tributary/protocol";
import { Federation } from "../federation/federation.js";
import { samples, writeShards } from "../federation/small-job.js";
import { Durable } from "../power/durable.js";
import { losePower } from "../power/lose-power.js";
import type { OwnScenario } from "./own-scenario.js";
import { runScenario } from "./run-scenario.js";
import type { Scenario } from "./scenario.js";

/** How often something that was not synced is on the disk all the same, by the form of a row. */
const forms = { "only what was synced is left": 0, "some of the rest is left, too": 0.5 } as const;
type Form = keyof typeof forms;

/** How long the job takes, roughly, while each sync is recorded, ms. */
const JOB_MS = 2_500;

/** The coordinator's machine loses power: what it had not synced is gone, or there, file by file. */
function powerLoss(form: Form, when: Pick<Scenario, "name" | "faults" | "disturb">, short: boolean): OwnScenario {
  const group = "power loss";
  const name = `${when.name}; ${form}`;
  return {
    ...{ group, name, short },
    impossible: () => (process.platform === "linux" ? undefined : "which file is synced is told by Linux alone"),
    async run(folder, seed) {
      const dataDir = join(folder, "coordinator");
      const durable = new Durable(join(folder, "durable"));
      const random = stream(seed, "power");
      await using federation = await Federation.start({
        ...{ folder, dataDir, shards: await writeShards(folder) },
        durable: join(folder, "durable"),
        onCoordinatorKilled: () => losePower(dataDir, durable, () => random.uniform() < forms[form]),
      });
      const result = await runScenario(federation, { ...when, group, name }, seed);
      return { ...result, wrong: [...result.wrong, ...(await acknowledgedTwice(federation))] };
    },
  };
}

/** An update that was acknowledged and is lost is asked for, and acknowledged, again. */
async function acknowledgedTwice(federation: Federation): Promise<string[]> {
  const counts = new Map<string, number>();
  await federation.linesOfWorkers((line) => {
    if (!line.includes('"msg":"work done"')) return false;
    const { job, round, attempt } = JSON.parse(line);
    const key = `round ${round}, attempt ${attempt} of ${job}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return true;
  });
  const most = Object.keys(samples).length;
  return [...counts]
    .filter(([, count]) => count > most)
    .map(([key, count]) => `in ${key} ${count} updates of ${most} workers were acknowledged: one was lost`);
}

const atPoint = (point: CoordinatorPoint, time: number) => ({
  name: point,
  faults: { coordinator: [`kill@${point}#${time}`] },
});

const atMoment = (ms: number) => ({
  name: `${ms} ms after the submission`,
  async disturb({ coordinator }: Federation, signal: AbortSignal) {
    await pause(ms, undefined, { signal });
    coordinator.signal("SIGKILL");
  },
});

/** Power is lost at points and at moments that are drawn from the seed, each in both forms. */
export function powerLosses(seed: number, moments: number): readonly OwnScenario[] {
  const points = [
    atPoint("between-update-and-ack", 5),
    atPoint("aggregating", 6),
    atPoint("between-commit-and-broadcast", 2),
  ];
  const drawn = Array.from({ length: moments }, (_, index) =>
    atMoment(Math.round(stream(seed, "power moment", index).uniform() * JOB_MS)),
  );
  const [synced, mixture] = ["only what was synced is left", "some of the rest is left, too"] as const;
  return [
    ...points.flatMap((when, index) => [powerLoss(synced, when, index === 0), powerLoss(mixture, when, false)]),
    ...drawn.map((when, index) => powerLoss(index % 2 === 0 ? synced : mixture, when, index < 2)),
  ];
}
