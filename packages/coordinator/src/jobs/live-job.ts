import type { JobStatus, JobView, RoundView } from "@tributary/federation";
import {
  type JobRecord,
  type MetricRecord,
  type ModelRecord,
  modelRecord,
  type RoundRecord,
  type Step,
} from "../store/records.js";
import { jobView, roundView } from "../store/views.js";
import { frame } from "./event-frame.js";

/** What a step changed in a job's views: the same that the store would answer, made once for all who watch, when one asks. */
export interface JobChange {
  /** Number of the event in the journal. */
  readonly seq: number;
  readonly status: JobStatus;
  /** The attempts at rounds that changed, by their names. */
  readonly rounds: ReadonlyMap<string, () => string>;
  readonly view: () => JobView;
  /** The attempts at rounds that ended. */
  readonly ended: readonly (() => RoundView)[];
  /** The job as a server-sent event. */
  readonly job: () => string;
}

/** A round whose views may still change. */
export interface OpenRound {
  readonly record: RoundRecord;
  readonly metrics: readonly MetricRecord[];
  readonly model: ModelRecord | undefined;
}

/** The views of a job that is not over, kept up to date from its steps: watching it costs the store nothing. */
export class LiveJob {
  #open = new Map<string, OpenRound>();
  /** Of rounds of an asynchronous job that are not open yet. */
  #early: MetricRecord[] = [];

  constructor(
    private record: JobRecord,
    private model: ModelRecord | undefined,
    newest: OpenRound | undefined,
  ) {
    if (newest !== undefined && newest.record.finishedAt === null) this.#open.set(nameOf(newest.record), newest);
  }

  /** Takes a step in, after it was journaled. */
  apply({ job, seq, at, progress, rounds, metric, model }: Step): JobChange {
    this.record = { ...this.record, ...progress, seq };
    if (model !== undefined) this.model = modelRecord(job, model, at);
    if (metric !== undefined && !rounds.some((round) => isOf(metric, round))) this.#early.push(metric);
    const changed = rounds.map((record) => this.#round(record, metric));
    this.#open = new Map(
      changed
        .filter(({ record }) => record.finishedAt === null)
        .map(named)
        .concat(this.#untouched(rounds)),
    );
    return this.#change(changed);
  }

  #round(record: RoundRecord, metric: MetricRecord | undefined): OpenRound {
    const before = this.#open.get(nameOf(record));
    const early = before === undefined ? this.#early.filter((one) => isOf(one, record)) : [];
    this.#early = this.#early.filter((one) => one.round > record.number);
    const news = metric !== undefined && isOf(metric, record) ? [metric] : [];
    const model = this.model?.round === record.number ? this.model : before?.model;
    return { record, metrics: [...(before?.metrics ?? []), ...early, ...news], model };
  }

  #untouched(changed: readonly RoundRecord[]): [string, OpenRound][] {
    const names = new Set(changed.map(nameOf));
    return [...this.#open].filter(([name]) => !names.has(name));
  }

  #change(rounds: readonly OpenRound[]): JobChange {
    const { record, model } = this;
    const { seq, status } = record;
    const view = once(() => jobView(record, model));
    return {
      ...{ seq, status, view },
      ended: rounds
        .filter(({ record }) => record.finishedAt !== null)
        .map((ended) => () => roundView(ended.record, ended.metrics, ended.model)),
      rounds: new Map(
        rounds.map(({ record, metrics, model }) => [
          nameOf(record),
          once(() => frame({ type: "round", data: roundView(record, metrics, model) }, seq)),
        ]),
      ),
      job: once(() => frame({ type: "job", data: view() }, seq)),
    };
  }
}

const isOf = (metric: MetricRecord, { number, attempt }: RoundRecord): boolean =>
  metric.round === number && metric.attempt === attempt;
const nameOf = ({ number, attempt }: RoundRecord): string => `${number}.${attempt}`;
const named = (round: OpenRound): [string, OpenRound] => [nameOf(round.record), round];

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
