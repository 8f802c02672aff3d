import { EngineThread } from "@tributary/engine";
import { TributaryError } from "@tributary/protocol";
import type { EngineRequest, EngineResult, EngineSettings, Evaluated, Opened, Trained } from "./messages.js";

/** A thread, and how much it has to do. */
interface Engine {
  readonly thread: EngineThread<EngineRequest, EngineResult>;
  busy: number;
}

/** Engines that share the work, each in a thread of its own. They are started when there is work for them. */
export class EnginePool implements AsyncDisposable {
  #engines: Engine[] = [];

  /** @param size how many engines, from 1 */
  constructor(
    private readonly settings: EngineSettings,
    readonly size: number,
  ) {}

  /** @throws TributaryError `backend_unavailable`, `plugin_invalid` */
  async open(): Promise<Opened> {
    const result = await this.#call({ kind: "open" });
    return result.kind === "opened" ? result : unexpected(result);
  }

  /** @throws TributaryError what `train` of the engine throws, `update_not_finite`, `aborted`, `training_failed` */
  async train(request: Omit<Extract<EngineRequest, { kind: "train" }>, "kind">, signal: AbortSignal): Promise<Trained> {
    const result = await this.#call({ kind: "train", ...request }, signal);
    return result.kind === "trained" ? result : unexpected(result);
  }

  /** @throws TributaryError what `evaluate` of the engine throws, `aborted`, `training_failed` */
  async evaluate(
    request: Omit<Extract<EngineRequest, { kind: "evaluate" }>, "kind">,
    signal: AbortSignal,
  ): Promise<Evaluated> {
    const result = await this.#call({ kind: "evaluate", ...request }, signal);
    return result.kind === "evaluated" ? result : unexpected(result);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#engines.splice(0).map(({ thread }) => thread.terminate()));
  }

  async #call(request: EngineRequest, signal?: AbortSignal): Promise<EngineResult> {
    const engine = this.#leastBusy();
    engine.busy += 1;
    try {
      return await engine.thread.call(request, signal && { signal });
    } catch (error) {
      // A thread that crashed answers nothing any more: another takes its place.
      if (error instanceof TributaryError && error.code === "training_failed") await this.#retire(engine);
      throw error;
    } finally {
      engine.busy -= 1;
    }
  }

  #leastBusy(): Engine {
    const idle = this.#engines.find(({ busy }) => busy === 0);
    if (idle !== undefined) return idle;
    if (this.#engines.length < this.size) {
      const thread = new EngineThread<EngineRequest, EngineResult>(new URL("./thread.js", import.meta.url), {
        workerData: this.settings,
        name: `engine ${this.#engines.length}`,
      });
      const engine = { thread, busy: 0 };
      this.#engines.push(engine);
      return engine;
    }
    return this.#engines.reduce((least, engine) => (engine.busy < least.busy ? engine : least));
  }

  async #retire(engine: Engine): Promise<void> {
    this.#engines = this.#engines.filter((other) => other !== engine);
    await engine.thread.terminate();
  }
}

function unexpected({ kind }: EngineResult): never {
  throw new TributaryError("internal", `an engine answered with "${kind}"`);
}
