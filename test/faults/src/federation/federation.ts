import { readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type NodeProcess, startNode } from "@tributary/cli";
import { TributaryClient } from "@tributary/client";
import { isOver, type JobSpecInput, type JobView, type RoundView } from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import { FaultQueue } from "../crash/fault-queue.js";
import { NetworkProxy } from "../network/proxy.js";
import { Supervised } from "./supervised.js";

/** How often a job is looked at, ms. */
const LOOK_MS = 50;
/** How long a process may take to listen or to register, ms. */
const START_MS = 60_000;

export interface FederationOptions {
  readonly folder: string;
  /** Folder of each worker's shard, by its name. */
  readonly shards: Readonly<Record<string, string>>;
  /** Folder of each evaluator's data, by its name. Default: there is none. */
  readonly evaluators?: Readonly<Record<string, string>>;
  /** Default: `coordinator` in the folder. */
  readonly dataDir?: string;
  /** Whether the coordinator keeps updates after their round. */
  readonly keepUpdates?: boolean;
  readonly env?: NodeJS.ProcessEnv;
  /** Where what the coordinator synced is kept. */
  readonly durable?: string;
  /** Called when the coordinator was killed, before it is started again. */
  readonly onCoordinatorKilled?: () => void;
}

/** How a job ended. */
export interface Outcome {
  readonly job: JobView;
  readonly rounds: readonly RoundView[];
  /** From its submission until its end was seen, by the clock of whoever looks. */
  readonly seconds: number;
}

/**
 * A federation of real processes under supervision, its network a proxy that can be told to fail. Each process has a queue of faults
 * (`arm`), and is started again with its folder, and the coordinator on its port, when one of them killed it.
 */
export class Federation implements AsyncDisposable {
  #names = 0;

  private constructor(
    readonly options: FederationOptions,
    readonly coordinator: Supervised,
    readonly workers: ReadonlyMap<string, Supervised>,
    readonly network: NetworkProxy,
    readonly client: TributaryClient,
  ) {}

  /** Starts everything and waits until every worker is there. */
  static async start(options: FederationOptions): Promise<Federation> {
    const { folder, evaluators = {}, keepUpdates = false } = options;
    const shards = { ...options.shards, ...evaluators };
    const dataDir = dataDirOf(options);
    const preload = ["crash", "clock", "durable"].map(
      (name) => `--import=${fileURLToPath(new URL(`../../dist/preload/${name}.js`, import.meta.url))}`,
    );
    const environment = (name: string): NodeJS.ProcessEnv => ({
      TRIBUTARY_BACKEND: "wasm",
      NODE_OPTIONS: preload.join(" "),
      TRIBUTARY_FAULTS: faultsOf(folder, name).file,
      TRIBUTARY_CLOCK: clockOf(folder, name),
      ...options.env,
    });
    for (const name of ["coordinator", ...Object.keys(shards)]) writeFileSync(clockOf(folder, name), "0");
    let port = 0;
    const coordinator = new Supervised(
      () =>
        startNode(
          [
            ...["coordinator", "--json", "--port", String(port), "--data-dir", dataDir],
            ...(keepUpdates ? ["--keep-updates"] : []),
          ],
          join(folder, "coordinator.log"),
          {
            env: {
              ...environment("coordinator"),
              ...(options.durable !== undefined && { TRIBUTARY_DURABLE: options.durable }),
            },
          },
        ),
      options.onCoordinatorKilled,
    );
    port = await listeningPort(coordinator.current);
    const network = await NetworkProxy.start(port);
    const token = (name: string) => readFileSync(join(dataDir, `${name}-token`), "utf8").trim();
    const client = new TributaryClient({ url: `http://127.0.0.1:${port}`, token: token("admin"), timeoutMs: 5_000 });
    const workers = new Map(
      Object.entries(shards).map(([name, data]) => {
        const role = name in evaluators ? "evaluate" : "train";
        const url = `http://127.0.0.1:${network.port}`;
        const args = ["--coordinator", url, "--name", name, "--data", data, "--role", role];
        const state = join(folder, "state", name);
        const env = { ...environment(name), TRIBUTARY_JOIN_TOKEN: token("join") };
        const begin = () => startNode(["worker", ...args, "--state-dir", state], join(folder, `${name}.log`), { env });
        return [name, new Supervised(begin)] as const;
      }),
    );
    const federation = new Federation(options, coordinator, workers, network, client);
    await federation.settled();
    return federation;
  }

  /** Queues faults for a process: "coordinator", or a worker's name. They come one after the other, each to the process that is there then. */
  arm(name: string, faults: readonly string[]): void {
    faultsOf(this.options.folder, name).write(faults);
  }

  /** Sets the wall clock of a process: how far it is off, ms. */
  setClock(name: string, offsetMs: number): void {
    writeFileSync(clockOf(this.options.folder, name), String(offsetMs));
  }

  /** Faults that have not happened yet, of all processes. */
  get waitingFaults(): string[] {
    return ["coordinator", ...this.workers.keys()].flatMap((name) => faultsOf(this.options.folder, name).read());
  }

  /** Stops the coordinator, reads what it keeps, and starts it again. */
  readStopped<T>(read: (dataDir: string) => Promise<T>): Promise<T> {
    return this.coordinator.whileDown(() => read(dataDirOf(this.options)));
  }

  /** How many lines of the workers' logs are such. */
  async linesOfWorkers(isSuch: (line: string) => boolean): Promise<number> {
    const logs = await Promise.all([...this.workers.values()].map(({ current }) => readFile(current.log, "utf8")));
    return logs.flatMap((log) => log.split("\n")).filter(isSuch).length;
  }

  /** How often a process was killed, of all. */
  get kills(): number {
    return [this.coordinator, ...this.workers.values()].reduce((sum, { kills }) => sum + kills, 0);
  }

  /** Runs a job to its end. @throws Error when it does not come within `limitMs`, or a process ended by itself */
  async run(spec: JobSpecInput, limitMs: number): Promise<Outcome> {
    const began = performance.now();
    const name = `${spec.name ?? "job"} ${++this.#names}`;
    const within = (what: string) => {
      this.#checkProcesses();
      if (performance.now() - began > limitMs) throw new Error(`${what} within ${limitMs / 1_000} s`);
    };
    // The coordinator may be killed between taking the job and saying so.
    let job = await attempt(() => this.client.jobs.create({ ...spec, name }));
    while (job === undefined || !(isOver(job.status) || job.status === "paused")) {
      within(
        job === undefined
          ? "the job was not taken"
          : `the job was ${job.phase ?? job.status} in round ${job.round} and did not end`,
      );
      await pause(LOOK_MS);
      const known = job;
      job =
        (await attempt(async () =>
          known === undefined
            ? ((await this.client.jobs.list()).find((other) => other.name === name) ??
              (await this.client.jobs.create({ ...spec, name })))
            : await this.client.jobs.get(known.id),
        )) ?? job;
    }
    const seconds = (performance.now() - began) / 1_000;
    const { id, status } = job;
    // It would hold up those that follow.
    if (status === "paused") await this.client.jobs.cancel(id);
    for (;;) {
      const rounds = await attempt(() => this.client.jobs.rounds(id));
      if (rounds !== undefined) return { job, rounds, seconds };
      within("the rounds could not be read");
      await pause(LOOK_MS);
    }
  }

  /** Waits until there is a job of this name that is not over. @returns its id */
  async begun(name: string, over: AbortSignal): Promise<string> {
    for (;;) {
      const jobs = (await attempt(() => this.client.jobs.list())) ?? [];
      const job = jobs.find((each) => each.name.startsWith(`${name} `) && !isOver(each.status));
      if (job !== undefined) return job.id;
      await pause(LOOK_MS / 5, undefined, { signal: over });
    }
  }

  /** Waits until every worker is connected and has nothing to do. */
  async settled(): Promise<void> {
    const began = performance.now();
    for (;;) {
      const workers = (await attempt(() => this.client.workers.list())) ?? [];
      if (workers.filter(({ state }) => state === "idle").length === this.workers.size) return;
      this.#checkProcesses();
      if (performance.now() - began > START_MS)
        throw new Error(
          `after ${START_MS / 1_000} s the workers are ${workers.map(({ name, state }) => `${name}: ${state}`).join(", ")}`,
        );
      await pause(LOOK_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.network.heal();
    await Promise.all([...this.workers.values()].map((worker) => worker.stop()));
    await this.coordinator.stop();
    await this.network[Symbol.asyncDispose]();
  }

  #checkProcesses(): void {
    for (const [name, { ended }] of [["coordinator", this.coordinator] as const, ...this.workers])
      if (ended !== undefined)
        throw new Error(`${name} ended by itself with ${ended.signal ?? `code ${ended.exitCode}`}`);
  }
}

const dataDirOf = ({ folder, dataDir = join(folder, "coordinator") }: FederationOptions): string => dataDir;

const faultsOf = (folder: string, name: string) => new FaultQueue(join(folder, `${name}.faults`));

const clockOf = (folder: string, name: string) => join(folder, `${name}.clock`);

/** What it gives; undefined when the coordinator is not there to say. */
async function attempt<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    const passing = ["coordinator_unreachable", "disconnected", "timed_out", "store_failed"];
    if (error instanceof TributaryError && passing.includes(error.code)) return undefined;
    throw error;
  }
}

async function listeningPort(coordinator: NodeProcess): Promise<number> {
  const port = await coordinator.firstLine((line) => /"url":"http:\/\/127\.0\.0\.1:(\d+)"/.exec(line)?.[1]);
  if (port === undefined) throw new Error(`the coordinator did not start; see ${coordinator.log}`);
  return Number(port);
}
