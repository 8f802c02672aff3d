import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Step } from "./store/records.js";

/** What Prometheus can ask for. Every coordinator has a registry of its own. */
export interface Metrics {
  readonly registry: Registry;
  readonly rounds: Counter<"status">;
  readonly roundSeconds: Histogram;
  readonly updatesAccepted: Counter;
  readonly updatesRefused: Counter<"code">;
  readonly bytes: Counter<"direction">;
  readonly socketsRefused: Counter<"code">;
}

/** What is looked at when somebody asks. */
export interface Gauges {
  /** How many workers are connected now. */
  workers(): number;
  /** Bytes that are free on the disk. */
  freeBytes(): number;
}

export function openMetrics(now: Gauges): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: "tributary_workers",
    help: "Workers that are connected",
    registers,
    collect() {
      this.set(now.workers());
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
  return {
    registry,
    rounds: new Counter({
      name: "tributary_rounds_total",
      help: "Attempts at rounds that have closed, by status",
      labelNames: ["status"],
      registers,
    }),
    roundSeconds: new Histogram({
      name: "tributary_round_seconds",
      help: "Time from the first assignment of a round until it closed",
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600],
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
      help: "Bytes of models sent (down) and of updates received (up)",
      labelNames: ["direction"],
      registers,
    }),
    socketsRefused: new Counter({
      name: "tributary_sockets_refused_total",
      help: "Connections that were refused, by code",
      labelNames: ["code"],
      registers,
    }),
  };
}

/** Counts what a journaled event tells. */
export function observeStep(metrics: Metrics, { event, rounds }: Step): void {
  if (event.type === "UpdateAccepted") metrics.updatesAccepted.inc();
  if (event.type === "UpdateRefused") metrics.updatesRefused.inc({ code: event.refusal.code });
  if (event.type === "UpdateLate") metrics.updatesRefused.inc({ code: "round_closed" });
  for (const { status, startedAt, finishedAt } of rounds) {
    if (finishedAt === null) continue;
    metrics.rounds.inc({ status });
    metrics.roundSeconds.observe(Math.max(0, finishedAt.getTime() - startedAt.getTime()) / 1000);
  }
}
