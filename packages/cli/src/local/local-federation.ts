import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { TributaryClient } from "@tributary/client";
import { TributaryError } from "@tributary/protocol";
import { notInherited } from "./inherited.js";
import { type NodeProcess, startNode } from "./node-process.js";

export interface LocalFederationOptions {
  /** Folder for the coordinator's data, the workers' state and the logs. */
  readonly folder: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** For its processes. Of this one's environment they have all but the settings of coordinators and workers. */
  readonly env?: NodeJS.ProcessEnv;
  /** Further options of `tributary coordinator`. */
  readonly coordinatorArgs?: readonly string[];
}

export interface LocalWorkerOptions {
  readonly name: string;
  /** Folder of its shard. */
  readonly data: string;
  readonly role?: "train" | "evaluate";
  /** Default 1. */
  readonly threads?: number;
  /** Files of plug-ins. */
  readonly plugins?: readonly string[];
  /** Further options of `tributary worker`. */
  readonly args?: readonly string[];
  /** Instead of the federation's own. */
  readonly joinToken?: string;
}

/** A federation of real processes on this machine: what the demo, the benchmarks and the end-to-end tests run. */
export class LocalFederation implements AsyncDisposable {
  private constructor(
    private readonly options: LocalFederationOptions,
    readonly coordinator: NodeProcess,
    readonly url: string,
    readonly adminToken: string,
    readonly joinToken: string,
    private readonly workers: NodeProcess[] = [],
  ) {}

  /** Starts the coordinator and waits until it listens. @throws TributaryError what the coordinator said when it ended instead */
  static async start(options: LocalFederationOptions): Promise<LocalFederation> {
    await mkdir(options.folder, { recursive: true });
    const dataDir = join(options.folder, "coordinator");
    const log = join(options.folder, "coordinator.log");
    const coordinator = startNode(
      [
        "coordinator",
        "--json",
        "--port",
        String(options.port ?? 0),
        "--data-dir",
        dataDir,
        ...(options.coordinatorArgs ?? []),
      ],
      log,
      { env: { ...notInherited, ...options.env } },
    );
    const url = await listening(coordinator);
    const [adminToken, joinToken] = await Promise.all(
      ["admin-token", "join-token"].map(async (name) => (await readFile(join(dataDir, name), "utf8")).trim()),
    );
    if (!adminToken || !joinToken) throw new TributaryError("internal", `no tokens in ${dataDir}`);
    return new LocalFederation(options, coordinator, url, adminToken, joinToken);
  }

  get client(): TributaryClient {
    return new TributaryClient({ url: this.url, token: this.adminToken });
  }

  startWorker({
    name,
    data,
    role = "train",
    threads = 1,
    plugins = [],
    args = [],
    joinToken,
  }: LocalWorkerOptions): NodeProcess {
    const state = join(this.options.folder, "state", name);
    const worker = startNode(
      [
        "worker",
        "--coordinator",
        this.url,
        "--name",
        name,
        "--data",
        data,
        "--role",
        role,
        "--threads",
        String(threads),
        "--state-dir",
        state,
        ...plugins.flatMap((plugin) => ["--plugin", plugin]),
        ...args,
      ],
      join(this.options.folder, `${name}.log`),
      { env: { ...notInherited, ...this.options.env, TRIBUTARY_JOIN_TOKEN: joinToken ?? this.joinToken } },
    );
    this.workers.push(worker);
    return worker;
  }

  /** Stops the workers, then the coordinator. */
  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
    await this.coordinator.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** The address that the coordinator prints as a line of JSON. */
async function listening(coordinator: NodeProcess): Promise<string> {
  const url = await coordinator.firstLine((line) => {
    const fact = parse(line);
    const isIt =
      typeof fact === "object" && fact !== null && "event" in fact && fact.event === "listening" && "url" in fact;
    return isIt ? String(fact.url) : undefined;
  });
  if (url !== undefined) return url;
  const { exitCode } = await coordinator.exited;
  const said = (await readFile(coordinator.log, "utf8")).trim().split("\n").slice(-2).join(" ");
  throw new TributaryError("internal", `the coordinator ended with code ${exitCode}: ${said}`);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
