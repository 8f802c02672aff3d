import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isOver, type JobSpecInput, type JobView, type RoundView } from "@tributary/federation";
import { lock } from "proper-lockfile";
import { type Coordinator, startCoordinator } from "../coordinator.js";
import type { CoordinatorOptions } from "../options.js";
import { makeDatabase, makingScript } from "../store/make-database.js";
import { Peer, type PeerOptions } from "./peer.js";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API says; tests look into it
  readonly body: any;
}

/**
 * An empty database that all tests copy, also those of later runs of the same making: it takes seconds. Test files run at the same
 * time, so one makes it and the others wait.
 */
async function openTemplate(): Promise<string> {
  const version = createHash("sha256")
    .update(await readFile(makingScript))
    .digest("hex")
    .slice(0, 8);
  const parent = join(tmpdir(), `tributary-test-database-${version}`);
  await mkdir(parent, { recursive: true });
  const release = await lock(parent, { retries: { retries: 600, factor: 1, minTimeout: 100 } });
  try {
    await makeDatabase(join(parent, "db"));
  } finally {
    await release();
  }
  return join(parent, "db");
}

/** A data folder for a test. */
export async function newDataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tributary-coordinator-"));
  await cp(await openTemplate(), join(folder, "db"), { recursive: true });
  return folder;
}

/** A coordinator in a folder of its own, and the peers that joined it. */
export class LocalCoordinator implements AsyncDisposable {
  readonly peers: Peer[] = [];

  private constructor(
    readonly folder: string,
    private readonly options: CoordinatorOptions,
    private coordinator: Coordinator,
  ) {}

  static async start(options: Partial<CoordinatorOptions> = {}): Promise<LocalCoordinator> {
    const folder = await newDataFolder();
    const whole = { ...base(folder), ...options };
    return new LocalCoordinator(folder, whole, await startCoordinator(whole));
  }

  get url(): string {
    return this.coordinator.url;
  }

  /** Fulfilled when it has stopped, with what it lost. */
  get closed(): Promise<Error | undefined> {
    return this.coordinator.closed;
  }

  get tokens(): Coordinator["tokens"] {
    return this.coordinator.tokens;
  }

  stop(): Promise<void> {
    return this.coordinator.close();
  }

  /** Stops it and starts it again, in the same folder. */
  async restart(): Promise<void> {
    await this.coordinator.close();
    this.coordinator = await startCoordinator(this.options);
  }

  async join(name: string, options: Partial<PeerOptions> = {}): Promise<Peer> {
    const peer = await Peer.join({ url: this.url, token: this.tokens.join, name, ...options });
    this.peers.push(peer);
    return peer;
  }

  async request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.tokens.admin}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json");
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  async submit(spec: JobSpecInput): Promise<string> {
    const { status, body } = await this.request("POST", "/v1/jobs", spec);
    if (status !== 201) throw new Error(JSON.stringify(body));
    return body.id;
  }

  async job(id: string): Promise<JobView> {
    return (await this.request("GET", `/v1/jobs/${id}`)).body;
  }

  async rounds(id: string): Promise<RoundView[]> {
    return (await this.request("GET", `/v1/jobs/${id}/rounds`)).body.rounds;
  }

  /** Waits until the job is over. */
  async finished(id: string, timeoutMs = 20_000): Promise<JobView> {
    const response = await fetch(`${this.url}/v1/jobs/${id}/events`, {
      headers: { authorization: `Bearer ${this.tokens.admin}` },
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.text();
    return this.job(id);
  }

  /** Waits until the job stands still, or is over. */
  async stopped(id: string, timeoutMs = 20_000): Promise<JobView> {
    for (const deadline = Date.now() + timeoutMs; ; ) {
      const view = await this.job(id);
      if (view.status === "paused" || isOver(view.status)) return view;
      if (Date.now() > deadline) throw new Error(`job ${id} is ${view.status} after ${timeoutMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.peers) peer.close();
    await this.coordinator.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

const base = (dataDir: string): CoordinatorOptions => ({ dataDir, port: 0, logLevel: "silent" });
