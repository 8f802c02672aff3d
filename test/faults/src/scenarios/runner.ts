import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Federation } from "../federation/federation.js";
import { smallJob, writeShards } from "../federation/small-job.js";
import type { OwnScenario } from "./own-scenario.js";
import { isAsynchronous, runScenario } from "./run-scenario.js";
import type { Result, Scenario } from "./scenario.js";

/** Runs scenarios one after the other in one federation, and in a new one after a scenario that broke it. */
export class Runner implements AsyncDisposable {
  #federation: Federation | undefined;

  private constructor(
    private readonly folder: string,
    private readonly shards: Readonly<Record<string, string>>,
  ) {}

  static async open(): Promise<Runner> {
    const folder = await mkdtemp(join(tmpdir(), "tributary-faults-"));
    return new Runner(folder, await writeShards(folder));
  }

  async run(scenario: Scenario | OwnScenario, seed: number): Promise<Result> {
    if ("run" in scenario) {
      const { group, name } = scenario;
      // Two federations at once would disturb each other.
      await this.#stop();
      return { group, name, seed, ...(await scenario.run(await mkdtemp(join(this.folder, "own-")), seed)) };
    }
    const federation = await this.#federationWith(isAsynchronous({ ...smallJob(seed), ...scenario.job }));
    try {
      return await runScenario(federation, scenario, seed);
    } catch (error) {
      await this.#stop();
      throw error;
    }
  }

  /** @param keep whether the logs stay, for whoever looks for a cause */
  async close({ keep = false } = {}): Promise<void> {
    await this.#stop();
    if (!keep) await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  /** Only who folds updates again has them kept: for the others they are deleted, as they are by default. */
  async #federationWith(keepUpdates: boolean): Promise<Federation> {
    if (this.#federation?.options.keepUpdates !== keepUpdates) await this.#stop();
    this.#federation ??= await Federation.start({
      folder: await mkdtemp(join(this.folder, "federation-")),
      shards: this.shards,
      keepUpdates,
    });
    return this.#federation;
  }

  async #stop(): Promise<void> {
    const federation = this.#federation;
    this.#federation = undefined;
    await federation?.[Symbol.asyncDispose]();
  }

  get logs(): string {
    return this.folder;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
