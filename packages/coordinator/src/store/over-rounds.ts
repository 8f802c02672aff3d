import type { Score, SeriesStore } from "./series-store.js";

/** Jobs whose rounds are kept: those that were asked for last. */
const MOST_JOBS = 8;
/** Rounds that are kept of all jobs together, about 150 bytes each: 15 MB. The job that was asked for last is kept all the same. */
const MOST_ROUNDS = 100_000;

/** The rounds of a job that are over, as numbers. */
export interface OverRounds {
  /** The last one, such that all before it are over, too; 0 before the first. */
  readonly through: number;
  readonly attempts: number;
  readonly bytesDown: number;
  readonly bytesUp: number;
  /** Of the global models, by round. */
  readonly scores: readonly Score[];
  /** When a round ended, ms since 1970, by its number. */
  readonly endedAt: ReadonlyMap<number, number>;
}

const none: OverRounds = { through: 0, attempts: 0, bytesDown: 0, bytesUp: 0, scores: [], endedAt: new Map() };

/** A round that is over stays as it is: of a job that was asked for before, only the rounds since are read. */
export class OverRoundsReader {
  /** By job; the one that was asked for last is the last. */
  readonly #known = new Map<string, OverRounds>();

  constructor(
    private readonly series: Pick<SeriesStore, "lastOver" | "totals" | "globalScores" | "endTimes">,
    private readonly most = { jobs: MOST_JOBS, rounds: MOST_ROUNDS },
  ) {}

  /** All that are over now. */
  async of(job: string): Promise<OverRounds> {
    const known = this.#known.get(job) ?? none;
    const through = await this.series.lastOver(job, known.through);
    const now = through === known.through ? known : await this.#extended(job, known, through);
    this.#keep(job, now);
    return now;
  }

  async #extended(job: string, known: OverRounds, through: number): Promise<OverRounds> {
    const since = { after: known.through, through };
    const totals = await this.series.totals(job, since);
    return {
      through,
      attempts: known.attempts + totals.attempts,
      bytesDown: known.bytesDown + totals.bytesDown,
      bytesUp: known.bytesUp + totals.bytesUp,
      scores: [...known.scores, ...(await this.series.globalScores(job, since))],
      endedAt: new Map([...known.endedAt, ...(await this.series.endTimes(job, since))]),
    };
  }

  #keep(job: string, rounds: OverRounds): void {
    // Who asked at the same time may know more.
    if ((this.#known.get(job)?.through ?? 0) > rounds.through) return;
    this.#known.delete(job);
    this.#known.set(job, rounds);
    let all = [...this.#known.values()].reduce((sum, { through }) => sum + through, 0);
    for (const [oldest, { through }] of this.#known) {
      if (oldest === job || (this.#known.size <= this.most.jobs && all <= this.most.rounds)) return;
      this.#known.delete(oldest);
      all -= through;
    }
  }
}
