import type { PersonalisationView, ScoreSummary, ValidationView } from "@tributary/federation";
import { count, percent } from "./format.js";
import { printTable } from "./print.js";

/** What workers say of a model, in a few words: "workers 94.10 % ± 2.00, worst 10 %: 88.00 %". */
export const validationText = ({ summary: { accuracy } }: Pick<ValidationView, "summary">): string =>
  `workers ${percent(accuracy.mean)} ± ${(accuracy.deviation * 100).toFixed(2)}, worst 10 %: ${percent(accuracy.worst)}`;

/** The workers' scores of one model, a line each, and what they come to. */
export function printValidation({ workers, summary }: ValidationView): void {
  printTable(
    ["worker", "held back", "loss", "accuracy"],
    [
      ...workers.map(({ worker, samples, loss, accuracy }) => [
        ...[worker, count(samples), loss.toFixed(4), percent(accuracy)],
      ]),
      ...figures.map(([name, figure]) => [
        ...[name, "", figure(summary.loss).toFixed(4), percent(figure(summary.accuracy))],
      ]),
    ],
  );
}

/** The global model against each worker's own one, a line each, and what they come to. */
export function printPersonalisation({ workers, global, personal }: PersonalisationView): void {
  const line = (name: string, samples: string, before: number, after: number) => [
    ...[name, samples, percent(before), percent(after), points(after - before)],
  ];
  printTable(
    ["worker", "held back", "global", "personal", "gain"],
    [
      ...workers.map((of) => line(of.worker, count(of.samples), of.global.accuracy, of.personal.accuracy)),
      ...figures.map(([name, figure]) => line(name, "", figure(global.accuracy), figure(personal.accuracy))),
    ],
  );
}

const figures: readonly (readonly [string, (spread: ScoreSummary["accuracy"]) => number])[] = [
  ["weighted mean", ({ mean }) => mean],
  ["deviation", ({ deviation }) => deviation],
  ["minimum", ({ minimum }) => minimum],
  ["maximum", ({ maximum }) => maximum],
  ["worst 10 %", ({ worst }) => worst],
];

const points = (difference: number): string =>
  `${difference < 0 ? "−" : "+"}${(Math.abs(difference) * 100).toFixed(2)}`;
