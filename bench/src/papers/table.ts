import type { PartitionSpec } from "@tributary/data";
import type { JobSpecInput } from "@tributary/federation";
import type { Graph } from "@tributary/nn";
import type { Behaviour, TrainingDuration, VirtualShard } from "@tributary/simulation";

/** The first so many images of a public data set. */
export interface CellData {
  readonly name: string;
  readonly train: number;
  readonly test: number;
}

/** One run of a paper's table, as data. */
export interface Cell {
  /** Its name in the table, which its result is kept under: "iid-e1-b10-lr0.1". */
  readonly key: string;
  /** Default: all of MNIST, 60,000 images to train with and 10,000 that score the model. */
  readonly data?: CellData;
  /** How the images to train with are dealt out, with the job's seed. */
  readonly partition: PartitionSpec;
  /** A named model, or what the network of `graph` is called here. */
  readonly model: string;
  readonly graph?: () => Graph;
  /** The job, but for its name, its model and its data set. */
  readonly job: Omit<JobSpecInput, "name" | "model" | "dataset">;
  /** How long workers take. Absent: no time. */
  readonly trainingDuration?: TrainingDuration;
  /** Workers that do otherwise than they are asked. */
  readonly behaviours?: (shards: readonly VirtualShard[], seed: number) => ReadonlyMap<string, Behaviour>;
  /** What the source has for it: rounds to the target, or an accuracy from 0 to 1. Absent where it has no number. */
  readonly paper?: number | string;
}

/** What is kept of a cell's run, after each round that was scored. */
export interface CellResult {
  readonly bench: "paper";
  readonly table: string;
  readonly cell: string;
  /** Absent: all of MNIST. `origin` where the images are not out of the official files. */
  readonly data?: CellData & { readonly origin?: string };
  readonly partition: PartitionSpec;
  readonly model: string;
  readonly job: Cell["job"];
  readonly seed: number;
  readonly backend: string;
  /** Rounds that made a model. */
  readonly rounds: number;
  /** How the job ended; `UNENDED` where somebody did not wait for its end. */
  readonly outcome: string;
  /** Of the global model on the test images, 0 to 1, by round. */
  readonly accuracy: Readonly<Record<string, number>>;
  /** What it had taken by the newest score, where workers take time. */
  readonly reached?: {
    /** Updates that versions were made of. */
    readonly uploads: number;
    readonly virtualSeconds: number;
  };
  /** Bytes of all updates as they would travel, and before a codec made few of them. */
  readonly sentBytes?: number;
  readonly updateBytes?: number;
  /** Updates that were refused. */
  readonly refused: number;
  readonly wallSeconds: number;
}

/** A kept result, with where and when it was measured. */
export interface KeptCell {
  readonly date: string;
  readonly machine: { readonly cpu: string; readonly cores: number };
  readonly result: CellResult;
}

/** A table of a paper, and what is measured for it. */
export interface PaperTable {
  readonly name: string;
  /** Where the set-up is from, and the numbers that ours are beside. */
  readonly source: string;
  readonly cells: readonly Cell[];
  /** The Markdown table of the kept results, by the names of their cells; what was not run is told as such. */
  readonly render: (kept: ReadonlyMap<string, CellResult>) => string;
}

/** The outcome of a job that has not ended. */
export const UNENDED = "stopped";

/** The seed of a cell that does not give one. */
export const SEED = 1;

/** A Markdown table; the first column is text, the others are numbers. */
export const markdown = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, column) => (column === 0 ? "---" : "---:")), ...rows]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");

export const NOT_RUN = "not run";

/** An accuracy under attack; bold where it is more than 3 points below that of FedAvg without attackers. */
export const besideClean = (accuracy: number, clean = Number.NaN): string =>
  clean - accuracy > 0.03 ? `**${percent(accuracy)}**` : percent(accuracy);

/** 0.9876 as "98.76 %". */
export const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

/** The first scored round that is good enough; undefined where there is none. */
export function firstAt({ accuracy }: CellResult, target: number): number | undefined {
  const rounds = Object.keys(accuracy)
    .map(Number)
    .sort((a, b) => a - b);
  return rounds.find((round) => (accuracy[round] ?? 0) >= target);
}

/** The best accuracy of all scored rounds. */
export const best = ({ accuracy }: CellResult): number => Math.max(...Object.values(accuracy));

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The mean of the last so many scores: one alone is off by chance. */
export function meanOfLast({ accuracy }: CellResult, scores: number): number {
  return mean(Object.values(accuracy).slice(-scores));
}

/** "20"; or "over 300 (87.00 %)", the best that there was; or that it was cut off, or stood still as training made no finite numbers. */
export function roundsTo(result: CellResult, target: number): string {
  const first = firstAt(result, target);
  if (first !== undefined) return `${first}`;
  const { outcome, rounds } = result;
  const how = outcome === UNENDED ? "cut off at" : outcome.startsWith("paused: ") ? "stood still after" : "over";
  return `${how} ${rounds} (${percent(best(result))})`;
}

/** The newest accuracy, and the round it is of. */
export function newest({ accuracy }: CellResult): { readonly round: number; readonly accuracy: number } {
  const round = Math.max(...Object.keys(accuracy).map(Number));
  return { round, accuracy: accuracy[round] ?? Number.NaN };
}
