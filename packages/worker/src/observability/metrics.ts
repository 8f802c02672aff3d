import { NewestJobs } from "@tributary/protocol";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** What a worker does in a round. */
export type Phase = "download" | "train" | "encode" | "evaluate" | "personalise" | "upload";

/** How good a model is. */
export interface Score {
  readonly loss: number;
  /** 0 to 1. */
  readonly accuracy: number;
}

/** What Prometheus can ask a worker for. Every worker has a registry of its own. */
export interface WorkerMetrics {
  readonly registry: Registry;
  readonly connected: Gauge;
  readonly reconnections: Counter;
  readonly lastRound: Gauge;
  readonly phaseSeconds: Histogram<"phase">;
  readonly batches: Counter;
  readonly samples: Counter;
  readonly samplesPerSecond: Gauge;
  readonly bytes: Counter<"direction" | "codec">;
  readonly updatesAccepted: Counter;
  readonly updatesRefused: Counter<"code">;
  /** Keeps what came of the last training, or of the last evaluation of a global model. */
  scored(kind: "training" | "evaluation", job: string, score: Score): void;
  readonly errors: Counter<"code">;
}

/** @param work how many assignments the worker has, when somebody asks */
export function openWorkerMetrics(work: () => Readonly<Record<"underway" | "waiting", number>>): WorkerMetrics {
  const registry = new Registry();
  const registers = [registry];
  new Gauge({
    name: "tributary_worker_assignments",
    help: "Assignments that the worker has, by state: underway, waiting",
    labelNames: ["state"],
    registers,
    collect() {
      for (const [state, count] of Object.entries(work())) this.set({ state }, count);
    },
  });
  return {
    registry,
    scored: openScores(registry),
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
    phaseSeconds: new Histogram({
      name: "tributary_worker_phase_seconds",
      help: "Time that a part of the work took, by phase: download, train, encode, evaluate, personalise, upload",
      labelNames: ["phase"],
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600],
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
      help: "Bytes of models received (down) and of updates sent (up), by the codec that they travel with",
      labelNames: ["direction", "codec"],
      registers,
    }),
    updatesAccepted: new Counter({
      name: "tributary_worker_updates_accepted_total",
      help: "Updates that the coordinator acknowledged",
      registers,
    }),
    updatesRefused: new Counter({
      name: "tributary_worker_updates_refused_total",
      help: "Updates that were refused, and training that came to nothing, by code",
      labelNames: ["code"],
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

/** Gauges of the jobs that were heard of last. */
function openScores(registry: Registry): WorkerMetrics["scored"] {
  const ofJob = (name: string, help: string) =>
    new Gauge({
      name,
      help: `${help}, of the jobs that were heard of last`,
      labelNames: ["job"],
      registers: [registry],
    });
  const trained = "in the last training";
  const evaluated = "of the global model that was evaluated last, on what this worker holds back or evaluates on";
  const gauges = {
    training: {
      loss: ofJob("tributary_worker_training_loss", `Mean loss ${trained}`),
      accuracy: ofJob("tributary_worker_training_accuracy_ratio", `Accuracy ${trained}, 0 to 1`),
    },
    evaluation: {
      loss: ofJob("tributary_worker_evaluation_loss", `Loss ${evaluated}`),
      accuracy: ofJob("tributary_worker_evaluation_accuracy_ratio", `Accuracy, 0 to 1, ${evaluated}`),
    },
  };
  const newest = new NewestJobs(Object.values(gauges).flatMap(({ loss, accuracy }) => [loss, accuracy]));
  return (kind, job, { loss, accuracy }) => {
    newest.set(gauges[kind].loss, job, loss);
    newest.set(gauges[kind].accuracy, job, accuracy);
  };
}

/** What Node tells of its process, too. It watches the event loop from then on. */
export const addProcessMetrics = ({ registry }: WorkerMetrics): void => collectDefaultMetrics({ register: registry });
