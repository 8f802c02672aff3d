/** How well a model does. */
export interface Score {
  readonly loss: number;
  /** 0 to 1. */
  readonly accuracy: number;
}

/** The global model on what a worker holds back of its shard. */
export interface WorkerScore extends Score {
  readonly worker: string;
  /** That it holds back. */
  readonly samples: number;
  /** The worker's own model on the same samples, at the end of a job with `personalisation`. */
  readonly personal?: Score | undefined;
}

/** One figure of many workers. */
export interface Spread {
  /** Weighted by the samples of each. */
  readonly mean: number;
  /** Standard deviation over the workers, each counted alike. */
  readonly deviation: number;
  readonly minimum: number;
  readonly maximum: number;
  /** Mean of the worst 10 % of the workers, at least one, each counted alike. */
  readonly worst: number;
}

/** What many workers' scores come to. */
export interface ScoreSummary {
  readonly workers: number;
  readonly samples: number;
  readonly loss: Spread;
  readonly accuracy: Spread;
}

/** The share of workers that `worst` is of, as in q-FedAvg (Li et al. 2020, "Fair Resource Allocation in Federated Learning", table 1). */
const WORST = 0.1;

type Weighted = Score & { readonly worker: string; readonly samples: number };

export const byWorker = (a: { readonly worker: string }, b: { readonly worker: string }): number =>
  a.worker < b.worker ? -1 : 1;

/** The same figures in whatever order the scores came; undefined of none. */
export function summaryOf(scores: readonly Weighted[]): ScoreSummary | undefined {
  if (scores.length === 0) return undefined;
  const sorted = [...scores].sort(byWorker);
  return {
    workers: sorted.length,
    samples: sum(sorted.map(({ samples }) => samples)),
    loss: spreadOf(sorted, ({ loss }) => loss, "highest"),
    accuracy: spreadOf(sorted, ({ accuracy }) => accuracy, "lowest"),
  };
}

function spreadOf(scores: readonly Weighted[], figure: (score: Score) => number, worst: "highest" | "lowest"): Spread {
  const values = scores.map(figure);
  const mean = sum(scores.map((score) => score.samples * figure(score))) / sum(scores.map(({ samples }) => samples));
  const centre = sum(values) / values.length;
  const ordered = [...values].sort((a, b) => (worst === "lowest" ? a - b : b - a));
  const few = ordered.slice(0, Math.ceil(values.length * WORST - 1e-9));
  return {
    mean,
    deviation: Math.sqrt(sum(values.map((value) => (value - centre) ** 2)) / values.length),
    minimum: values.reduce((a, b) => Math.min(a, b)),
    maximum: values.reduce((a, b) => Math.max(a, b)),
    worst: sum(few) / few.length,
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
