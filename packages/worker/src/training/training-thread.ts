import { EngineThread } from "@tributary/engine";
import { TributaryError } from "@tributary/protocol";
import type {
  Evaluated,
  Opened,
  ThreadProgress,
  ThreadRequest,
  ThreadResult,
  ThreadSettings,
  Trained,
} from "./messages.js";

type RequestOfKind<Kind extends ThreadRequest["kind"]> = Omit<Extract<ThreadRequest, { kind: Kind }>, "kind">;

export interface WorkOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ThreadProgress) => void;
}

/** The thread that holds the shard and computes. A thread that crashed is replaced before the next work. */
export class TrainingThread {
  #thread: EngineThread<ThreadRequest, ThreadResult, ThreadProgress> | undefined;

  constructor(private readonly settings: ThreadSettings) {}

  /** @throws TributaryError `shard_missing`, `shard_invalid`, `backend_unavailable`, `plugin_invalid` */
  async open(): Promise<Opened> {
    const result = await this.#call({ kind: "open" });
    return result.kind === "opened" ? result : unexpected(result);
  }

  /** @throws TributaryError what `train` of the engine throws, `update_not_finite`, `aborted`, `training_failed` */
  async train(request: RequestOfKind<"train">, options: WorkOptions): Promise<Trained> {
    const result = await this.#call({ kind: "train", ...request }, options);
    return result.kind === "trained" ? result : unexpected(result);
  }

  /** @throws TributaryError what `evaluate` of the engine throws, `aborted`, `training_failed` */
  async evaluate(request: RequestOfKind<"evaluate">, options: WorkOptions): Promise<Evaluated> {
    const result = await this.#call({ kind: "evaluate", ...request }, options);
    return result.kind === "evaluated" ? result : unexpected(result);
  }

  async close(): Promise<void> {
    await this.#thread?.terminate();
    this.#thread = undefined;
  }

  async #call(request: ThreadRequest, options?: WorkOptions): Promise<ThreadResult> {
    this.#thread ??= new EngineThread(new URL("./thread.js", import.meta.url), {
      workerData: this.settings,
      name: "training",
    });
    try {
      return await this.#thread.call(request, options);
    } catch (error) {
      if (error instanceof TributaryError && error.code === "training_failed") await this.close();
      throw error;
    }
  }
}

function unexpected({ kind }: ThreadResult): never {
  throw new TributaryError("internal", `the training thread answered with "${kind}"`);
}
