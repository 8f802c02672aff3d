import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";

/** What a worker does in a round. */
export type Phase = "download" | "train" | "evaluate" | "upload";

/** What Prometheus can ask a worker for. Every worker has a registry of its own. */
export interface WorkerMetrics {
  readonly registry: Registry;
  readonly connected: Gauge;
  readonly reconnections: Counter;
  readonly lastRound: Gauge;
  readonly phaseSeconds: Counter<"phase">;
  readonly batches: Counter;
  readonly samples: Counter;
  readonly samplesPerSecond: Gauge;
  readonly bytes: Counter<"direction">;
  readonly errors: Counter<"code">;
}

export function openWorkerMetrics(): WorkerMetrics {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    connected: new Gauge({
      name: "tributary_worker_connected",
      help: "Whether the worker is registered on a live connection, 0 or 1",
      registers,
    }),
    reconnections: new Counter({
      name: "tributary_worker_reconnections_total",
      help: "Registrations after a connection was lost",
      registers,
    }),
    lastRound: new Gauge({
      name: "tributary_worker_last_round",
      help: "Round of the work that began last",
      registers,
    }),
    phaseSeconds: new Counter({
      name: "tributary_worker_phase_seconds_total",
      help: "Time spent, by phase: download, train, evaluate, upload",
      labelNames: ["phase"],
      registers,
    }),
    batches: new Counter({
      name: "tributary_worker_batches_total",
      help: "Batches trained on",
      registers,
    }),
    samples: new Counter({
      name: "tributary_worker_samples_total",
      help: "Samples trained on, counted each time that one is seen",
      registers,
    }),
    samplesPerSecond: new Gauge({
      name: "tributary_worker_samples_per_second",
      help: "Samples seen in each second of the last training",
      registers,
    }),
    bytes: new Counter({
      name: "tributary_worker_bytes_total",
      help: "Bytes of models received (down) and of updates sent (up)",
      labelNames: ["direction"],
      registers,
    }),
    errors: new Counter({
      name: "tributary_worker_errors_total",
      help: "Work that came to nothing, and steps that had to be repeated, by code",
      labelNames: ["code"],
      registers,
    }),
  };
}

/** What Node tells of its process, too. It watches the event loop from then on. */
export const addProcessMetrics = ({ registry }: WorkerMetrics): void => collectDefaultMetrics({ register: registry });
