import type { RoundView } from "@tributary/federation";
import { type Bar, Presets, SingleBar } from "cli-progress";
import { duration, percent } from "./format.js";
import { validationText } from "./scores.js";

/**
 * Shows the rounds of one job as they finish: a line each, and under them, on a terminal, a bar with the time left.
 * Everything goes to `stream`, standard error by default, so that standard output stays clean for results.
 */
export class RoundProgress {
  private readonly bar: Bar | undefined;
  /** Time that the finished rounds took, ms. */
  private passed = 0;

  constructor(
    private readonly total: number,
    private readonly stream: NodeJS.WriteStream = process.stderr,
  ) {
    if (!stream.isTTY) return;
    const format = "{bar} round {value}/{total} · {passed} · {left} left";
    this.bar = new SingleBar(
      { format, stream, hideCursor: true, clearOnComplete: true, linewrap: true },
      Presets.shades_classic,
    );
    this.bar.start(total, 0, { passed: duration(0), left: "–" });
  }

  /** A round finished. */
  finished(round: RoundView): void {
    this.finishedIn(round.timings.totalMs ?? 0, round.number, roundLine(round, this.total));
  }

  /** A round finished. @param ms how long it took @param line what there is to say of it */
  finishedIn(ms: number, round: number, line: string): void {
    const { total } = this;
    this.passed += ms;
    const left = (this.passed / round) * (total - round);
    this.line(`${line}${this.bar ? "" : `  ${duration(left)} left`}`);
    this.bar?.update(round, { passed: duration(this.passed), left: duration(left) });
  }

  /** A line above the bar. */
  line(text: string): void {
    if (this.bar) this.stream.write("\r\x1b[K");
    this.stream.write(`${text}\n`);
    this.bar?.render();
  }

  stop(): void {
    this.bar?.stop();
  }
}

/** One round in one line: its length, each worker's training loss, who was refused, the evaluated accuracy, and what workers say. */
export function roundLine(round: RoundView, total: number): string {
  const losses = round.updates.map(({ worker, loss }) => `${worker} ${loss.toFixed(3)}`).join("  ");
  const refused = round.refusals.map(({ worker, code }) => `  ${worker} refused: ${code}`).join("");
  const accuracy = round.evaluation ? `  accuracy ${percent(round.evaluation.accuracy)}` : "";
  const workers = round.validation ? `  ${validationText(round.validation)}` : "";
  const place = `round ${String(round.number).padStart(String(total).length)}/${total}`;
  return `${place}  ${duration(round.timings.totalMs ?? 0).padStart(7)}  loss ${losses}${refused}${accuracy}${workers}`;
}
