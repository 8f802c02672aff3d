import type { WorkerState } from "@tributary/federation";
import { NewestJobs } from "@tributary/protocol";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { JobCounts } from "./observability/job-counts.js";
import { PhaseClock } from "./observability/phase-clock.js";
import type { Step } from "./store/records.js";

/** What Prometheus can ask for. Every coordinator has a registry of its own. */
export interface Metrics {
  readonly registry: Registry;
  readonly rounds: Counter<"status">;
  readonly roundSeconds: Histogram;
  readonly phaseSeconds: Histogram<"phase">;
  readonly phases: PhaseClock;
  readonly updatesAccepted: Counter;
  readonly updatesRefused: Counter<"code">;
  readonly bytes: Counter<"direction" | "codec">;
  readonly socketsRefused: Counter<"code">;
  readonly storeSeconds: Histogram<"question">;
  readonly storeFailures: Counter<"question">;
  readonly jobs: JobCounts;
  readonly jobAccuracy: Gauge<"job">;
  readonly jobLoss: Gauge<"job">;
  readonly jobRound: Gauge<"job">;
  readonly newestJobs: NewestJobs;
}

/** What is looked at when somebody asks. */
export interface Gauges {
  /** How many workers are in each state. */
  workers(): Readonly<Record<WorkerState, number>>;
  /** Assignments that workers have. */
  work(): Readonly<Record<"underway" | "waiting", number>>;
  /** Bytes that are free on the disk. */
  freeBytes(): number;
  /** Bytes of it that only what is under way may use. */
  readonly reserveBytes: number;
}

export function openMetrics(now: Gauges): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const jobs = new JobCounts();
  new Gauge({
    name: "tributary_workers",
    help: "Workers by state: idle, downloading, training, evaluating, personalising, uploading, offline",
    labelNames: ["state"],
    registers,
    collect() {
      for (const [state, count] of Object.entries(now.workers())) this.set({ state }, count);
    },
  });
  new Gauge({
    name: "tributary_jobs",
    help: "Jobs that are not over, by status: queued, running, paused",
    labelNames: ["status"],
    registers,
    collect() {
      for (const status of ["queued", "running", "paused"] as const) this.set({ status }, jobs.of(status));
    },
  });
  new Gauge({
    name: "tributary_assignments",
    help: "Assignments of connected workers, by state: underway, waiting",
    labelNames: ["state"],
    registers,
    collect() {
      for (const [state, count] of Object.entries(now.work())) this.set({ state }, count);
    },
  });
  new Gauge({
    name: "tributary_disk_free_bytes",
    help: "Bytes that are free on the disk of the data folder",
    registers,
    collect() {
      this.set(now.freeBytes());
    },
  });
  new Gauge({
    name: "tributary_disk_reserve_bytes",
    help: "Bytes of the disk that only what is under way may use: with less, no updates and no jobs are taken",
    registers,
  }).set(now.reserveBytes);
  const ofJob = (name: string, help: string) => new Gauge({ name, help, labelNames: ["job"], registers });
  const jobAccuracy = ofJob(
    "tributary_job_accuracy_ratio",
    "Accuracy of the newest global model that was evaluated, 0 to 1, of the jobs that were heard of last",
  );
  const jobLoss = ofJob(
    "tributary_job_loss",
    "Loss of the newest global model that was evaluated, of the jobs that were heard of last",
  );
  const jobRound = ofJob("tributary_job_round", "Round under way, of the jobs that were heard of last");
  const rounds = new Counter({
    name: "tributary_rounds_total",
    help: "Attempts at rounds that have closed, by status",
    labelNames: ["status"],
    registers,
  });
  // So that "no round has closed" is a number from the start on.
  for (const status of ["finished", "abandoned"]) rounds.inc({ status }, 0);
  return {
    registry,
    rounds,
    jobs,
    ...{ jobAccuracy, jobLoss, jobRound },
    newestJobs: new NewestJobs([jobAccuracy, jobLoss, jobRound]),
    phases: new PhaseClock(),
    roundSeconds: new Histogram({
      name: "tributary_round_seconds",
      help: "Time from the first assignment of a round until it closed",
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600],
      registers,
    }),
    phaseSeconds: new Histogram({
      name: "tributary_phase_seconds",
      help: "Time that a job was in a phase of a round: waiting, training, aggregating, evaluating, personalising, retrying",
      labelNames: ["phase"],
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600],
      registers,
    }),
    updatesAccepted: new Counter({
      name: "tributary_updates_accepted_total",
      help: "Updates that passed admission",
      registers,
    }),
    updatesRefused: new Counter({
      name: "tributary_updates_refused_total",
      help: "Updates and assignments that came to nothing, by code",
      labelNames: ["code"],
      registers,
    }),
    bytes: new Counter({
      name: "tributary_bytes_total",
      help: "Bytes of models sent (down) and of updates received (up), by the codec that they travel with",
      labelNames: ["direction", "codec"],
      registers,
    }),
    socketsRefused: new Counter({
      name: "tributary_sockets_refused_total",
      help: "Connections that were refused, by code",
      labelNames: ["code"],
      registers,
    }),
    storeSeconds: new Histogram({
      name: "tributary_store_seconds",
      help: "Time that the store took to answer, by question",
      labelNames: ["question"],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    storeFailures: new Counter({
      name: "tributary_store_failures_total",
      help: "Questions that the store did not answer",
      labelNames: ["question"],
      registers,
    }),
  };
}

/** Counts what a journaled event tells. */
export function observeStep(metrics: Metrics, step: Step): void {
  const { job, event, rounds, progress, score } = step;
  metrics.jobs.seen(job, progress.status);
  const over = metrics.phases.take(step);
  if (over !== undefined) metrics.phaseSeconds.observe({ phase: over.phase }, over.seconds);
  if (event.type === "UpdateAccepted") metrics.updatesAccepted.inc();
  if (event.type === "UpdateRefused") metrics.updatesRefused.inc({ code: event.refusal.code });
  if (event.type === "UpdateLate") metrics.updatesRefused.inc({ code: "round_closed" });
  if (score !== undefined) {
    metrics.newestJobs.set(metrics.jobAccuracy, job, score.accuracy);
    metrics.newestJobs.set(metrics.jobLoss, job, score.loss);
  }
  metrics.newestJobs.set(metrics.jobRound, job, progress.round);
  for (const { status, startedAt, finishedAt } of rounds) {
    if (finishedAt === null) continue;
    metrics.rounds.inc({ status });
    metrics.roundSeconds.observe(Math.max(0, finishedAt.getTime() - startedAt.getTime()) / 1000);
  }
}
