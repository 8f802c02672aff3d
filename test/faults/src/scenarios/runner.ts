import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Federation } from "../federation/federation.js";
import { writeShards } from "../federation/small-job.js";
import { type Result, runScenario } from "./run-scenario.js";
import type { Scenario } from "./scenario.js";

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

  async run(scenario: Scenario, seed: number): Promise<Result> {
    this.#federation ??= await Federation.start({
      folder: await mkdtemp(join(this.folder, "federation-")),
      shards: this.shards,
    });
    try {
      return await runScenario(this.#federation, scenario, seed);
    } catch (error) {
      const broken = this.#federation;
      this.#federation = undefined;
      await broken[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** @param keep whether the logs stay, for whoever looks for a cause */
  async close({ keep = false } = {}): Promise<void> {
    await this.#federation?.[Symbol.asyncDispose]();
    if (!keep) await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  get logs(): string {
    return this.folder;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
