import type { Tracing } from "@tributary/tracing";
import type { Logger } from "pino";
import type { Models } from "./models.js";
import type { WorkerMetrics } from "./observability/metrics.js";
import type { RelayedLog } from "./observability/relayed-log.js";
import type { Stages } from "./observability/stages.js";
import type { ProgressReports } from "./progress.js";
import type { Session } from "./session.js";
import type { KeptUpdate } from "./state/kept-update.js";
import type { KeptVectors } from "./state/kept-vectors.js";
import type { PersonalModels } from "./state/personal-models.js";
import type { TrainingThread } from "./training/training-thread.js";

/** What a worker takes part in rounds with. */
export interface RoundContext {
  readonly session: Session;
  readonly models: Models;
  readonly thread: TrainingThread;
  readonly kept: KeptUpdate;
  readonly vectors: KeptVectors;
  readonly personal: PersonalModels;
  readonly worker: string;
  /** Samples that the shard holds. */
  readonly samples: number;
  readonly metrics: WorkerMetrics;
  readonly tracing: Tracing;
  readonly relayed: RelayedLog;
  readonly log: Logger;
}

/** A piece of work that is under way. */
export interface Course {
  /** When it began, by `performance.now()`. */
  readonly began: number;
  readonly progress: ProgressReports;
  readonly stages: Stages;
  readonly signal: AbortSignal;
}

/** Sends what came of the work. It may be called again. */
export type Deliver = () => Promise<void>;
