import { TributaryError } from "@tributary/protocol";
import type { Contribution, ReadPart, RoundContext } from "../strategies/strategy.js";
import { checkEnough } from "./check-enough.js";

/** Numbers of all updates together that are in memory at once, about: 16 MiB. */
const WINDOW = 4 * 1024 * 1024;
/** Numbers of one update that are read at a time: at most, so that few updates don't make long windows, and at least. */
const MOST = 64 * 1024;
const LEAST = 64;
/** Updates that are read at the same time: each is an open file. */
const AT_ONCE = 32;

/** The same part of all updates, in the order of their workers' names. The rows may be written to. */
export interface Window {
  readonly start: number;
  readonly rows: readonly Float32Array[];
}

/** What a rule needs of a cohort. */
export interface Rule {
  readonly kind: string;
  readonly least: number;
}

/** All updates of a round, for a rule that can't take them one by one. In memory is a window of them at a time. */
export class Gathered {
  #contributions: Contribution[] = [];

  /**
   * @param rule its name, and the least updates it needs
   * @throws TributaryError `conflict` when the cohort has fewer workers
   */
  constructor(
    private readonly round: RoundContext,
    private readonly rule: Rule,
  ) {
    checkEnough(rule.kind, round.cohort.length, rule.least);
  }

  /** How many numbers a model is. */
  get elements(): number {
    return this.round.elements;
  }

  get count(): number {
    return this.#contributions.length;
  }

  /** In the order of the workers' names, after `seal`. */
  get contributions(): readonly Contribution[] {
    return this.#contributions;
  }

  add(contribution: Contribution): void {
    this.#contributions.push(contribution);
  }

  /**
   * All have come: from here on they are in the order of their workers' names, whatever the order in which they came.
   *
   * @throws TributaryError `conflict` when they are too few
   */
  seal(): void {
    checkEnough(this.rule.kind, this.count, this.rule.least);
    this.#contributions.sort((a, b) => (a.worker < b.worker ? -1 : 1));
  }

  /**
   * The updates from `start` up to and without `end`, window by window.
   *
   * @param only places of updates that are read; absent: all
   * @throws TributaryError `update_shape_mismatch`, `update_out_of_range`; what reading throws
   */
  async *windows(start = 0, end = this.round.elements, only?: readonly number[]): AsyncGenerator<Window> {
    const wanted = only?.flatMap((place) => this.#contributions[place] ?? []) ?? this.#contributions;
    const length = windowLength(this.count);
    for (let at = start; at < end; at += length) {
      const to = Math.min(end, at + length);
      const rows: Float32Array[] = [];
      for (let from = 0; from < wanted.length; from += AT_ONCE)
        rows.push(
          ...(await Promise.all(wanted.slice(from, from + AT_ONCE).map(({ read }) => this.checked(read, at, to)))),
        );
      yield { start: at, rows };
    }
  }

  /**
   * A part of an update, looked at before it may count.
   *
   * @throws TributaryError `update_shape_mismatch`, `update_out_of_range`; what reading throws
   */
  async checked(read: ReadPart, start: number, end: number): Promise<Float32Array> {
    const row = await read(start, end);
    if (row.length !== end - start)
      throw new TributaryError("update_shape_mismatch", `an update has ${row.length} of ${end - start} values`);
    const { maxAbs } = this.round.spec.admission;
    for (let index = 0; index < row.length; index++)
      if (!(Math.abs(row[index] as number) <= maxAbs))
        throw new TributaryError("update_out_of_range", `value ${start + index} is ${row[index]}; ${maxAbs} at most`);
    return row;
  }
}

/** A power of two, so that windows of one cohort always meet at the same places. */
const windowLength = (updates: number): number =>
  2 ** Math.floor(Math.log2(Math.max(LEAST, Math.min(MOST, WINDOW / Math.max(1, updates)))));
