import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { LocalFederation } from "@tributary/cli";
import { mnist, subset, writeShard } from "@tributary/data";
import { startFederation, temporaryFolder } from "../support/federation.js";

export interface SoakOptions {
  readonly rounds: number;
  /** Rounds in which caches fill and code is compiled, before the first sample. */
  readonly warmUp: number;
  readonly workers: number;
  readonly say?: (line: string) => void;
}

/** What a process holds. */
export interface Held {
  readonly rssBytes: number;
  /** Open files, pipes and sockets (proc(5): fd). */
  readonly files: number;
  readonly sockets: number;
  /** Timers and other resources that keep the event loop alive, by type; of the coordinator, which has /metrics. */
  readonly resources: Readonly<Record<string, number>>;
}

export interface SoakResult {
  readonly rounds: number;
  readonly first: Readonly<Record<string, Held>>;
  readonly last: Readonly<Record<string, Held>>;
  /** Of each process, from the first sample to the last. */
  readonly rssGrowthMiB: Readonly<Record<string, number>>;
}

/** Many rounds of a small model by real processes. Linux only: /proc says what a process holds. */
export async function soak({ rounds, warmUp, workers, say = () => {} }: SoakOptions): Promise<SoakResult> {
  await using folder = await temporaryFolder();
  await using federation = await startFederation(folder.path);
  const { client, coordinator } = federation;
  const names = Array.from({ length: workers }, (_, index) => `worker-${index}`);
  const pids: Record<string, number> = { coordinator: coordinator.pid };
  for (const name of names) {
    const data = join(folder.path, "shards", name);
    await writeShard(data, name, subset(await mnist("test"), Int32Array.of(0, 1, 2, 3)));
    pids[name] = federation.startWorker({ name, data }).pid;
  }
  while ((await client.workers.list()).length < workers) await pause(100);
  const job = await client.jobs.create({
    ...{ name: "soak", model: "lenet5", dataset: "mnist", rounds: rounds + 1_000, training: { idle: true } },
    ...{ cohort: { minimum: workers, quorum: workers }, evaluation: { every: 0 } },
  });
  const round = async () => (await client.jobs.get(job.id)).round;
  const until = async (wanted: number) => {
    for (let told = 0, now = await round(); now < wanted; now = await round()) {
      if (now >= told + 100) say(`round ${now}/${rounds}, ${JSON.stringify(await heldBy(pids, federation))}`);
      told = now - (now % 100);
      await pause(200);
    }
  };
  await until(warmUp);
  const first = await heldBy(pids, federation);
  await until(rounds);
  const last = await heldBy(pids, federation);
  const growth = ([name, { rssBytes }]: [string, Held]) => [
    name,
    Number(((rssBytes - (first[name]?.rssBytes ?? 0)) / 2 ** 20).toFixed(1)),
  ];
  return { rounds, first, last, rssGrowthMiB: Object.fromEntries(Object.entries(last).map(growth)) };
}

/** The least of several looks: files and timers that live for a moment of a round do not count. */
async function heldBy(
  pids: Readonly<Record<string, number>>,
  federation: LocalFederation,
): Promise<Record<string, Held>> {
  const held: Record<string, Held> = {};
  for (let look = 0; look < 15; look++) {
    for (const [name, pid] of Object.entries(pids)) {
      const now = await lookAt(pid, name === "coordinator" ? federation : undefined);
      const before = held[name] ?? now;
      const resources = Object.entries(now.resources).map(([type, count]) => [
        type,
        Math.min(count, before.resources[type] ?? 0),
      ]);
      held[name] = {
        rssBytes: now.rssBytes,
        files: Math.min(now.files, before.files),
        sockets: Math.min(now.sockets, before.sockets),
        resources: Object.fromEntries(resources),
      };
    }
    await pause(30);
  }
  return held;
}

async function lookAt(pid: number, federation: LocalFederation | undefined): Promise<Held> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const files = await readdir(`/proc/${pid}/fd`);
  return {
    rssBytes: Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024,
    files: files.length,
    sockets: await socketsOf(pid, files),
    resources: federation === undefined ? {} : await activeResources(federation),
  };
}

async function socketsOf(pid: number, files: readonly string[]): Promise<number> {
  const targets = await Promise.all(files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => "")));
  return targets.filter((target) => target.startsWith("socket:")).length;
}

/** What process.getActiveResourcesInfo() counts, as /metrics shows it. */
async function activeResources({ url, adminToken }: LocalFederation): Promise<Record<string, number>> {
  const headers = { authorization: `Bearer ${adminToken}` };
  const text = await (await fetch(new URL("/metrics", url), { headers })).text();
  const lines = text.matchAll(/^\w*nodejs_active_resources\{type="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, type = "", count]) => [type, Number(count)]));
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
