import { checkJobSpec } from "../job/parse-job-spec.js";
import { strategyOf } from "../strategies/strategies.js";
import type { Contribution, LaidParameter, RoundContext, Strategy, Vector } from "../strategies/strategy.js";

/** What a worker sends in a test; what is left out is of no matter there. */
export interface TestUpdate
  extends Partial<Pick<Contribution, "worker" | "samples" | "localSteps" | "loss" | "staleness">> {
  readonly values: ArrayLike<number>;
  readonly base?: ArrayLike<number>;
  readonly extra?: Readonly<Record<string, ArrayLike<number>>>;
}

/** One round of a strategy, from nothing to its result. */
export interface TestRound {
  readonly strategy: object;
  readonly updates: readonly TestUpdate[];
  /** Absent: 0 in all places. */
  readonly before?: ArrayLike<number>;
  readonly state?: Readonly<Record<string, Float32Array>>;
  /** Absent: one that is trained. */
  readonly parameters?: readonly LaidParameter[];
  readonly round?: number;
  readonly training?: object;
  /** Order in which the updates come. Absent: theirs. */
  readonly came?: readonly TestUpdate[];
  /** Numbers of a result that are asked for at a time. Absent: 3, so that parts meet within short vectors. */
  readonly part?: number;
}

export interface TestResult {
  readonly model: Float32Array;
  readonly state: Readonly<Record<string, Float32Array>>;
}

export const floats = (...values: number[]): Float32Array => Float32Array.from(values);

/** Slices share their memory, as a walk through a file gives them. */
function vectorOf(values: ArrayLike<number>, sliceLength = 2): Vector {
  const all = Float32Array.from(values);
  return {
    async *slices() {
      const slice = new Float32Array(sliceLength);
      for (let at = 0; at < all.length; at += sliceLength) {
        const part = all.subarray(at, at + sliceLength);
        slice.set(part);
        yield slice.subarray(0, part.length);
      }
    },
    read: async (start, end) => all.slice(start, end),
  };
}

/** In the order of their names, workers are in that of their numbers. */
const nameOf = (index: number): string => `worker-${String(index).padStart(4, "0")}`;

export function contributionOf(update: TestUpdate, index = 0, sliceLength = 2): Contribution {
  const { worker = nameOf(index), samples = 1, localSteps = 1, loss = 1, staleness = 0, base, extra = {} } = update;
  const extras = Object.entries(extra).map(([name, values]) => [name, vectorOf(values, sliceLength)]);
  return {
    ...{ worker, samples, localSteps, loss, staleness, ...vectorOf(update.values, sliceLength) },
    base: base && vectorOf(base).read,
    extra: Object.fromEntries(extras),
  };
}

export const strategyWith = (strategy: object): Strategy =>
  strategyOf(checkJobSpec({ model: "lenet5", dataset: "mnist", strategy }));

export function contextOf({
  strategy,
  updates,
  state = {},
  round = 1,
  training = {},
  ...given
}: TestRound): RoundContext {
  const elements = updates[0]?.values.length ?? 0;
  const before = Float32Array.from(given.before ?? new Float32Array(elements));
  return {
    spec: checkJobSpec({ model: "lenet5", dataset: "mnist", rounds: 1_000, strategy, training }),
    ...{ round, elements },
    parameters: given.parameters ?? [{ name: "weight", elements, buffer: false }],
    cohort: updates.map(({ worker, samples = 1 }, index) => ({ worker: worker ?? nameOf(index), samples })),
    before: async (start, end) => before.slice(start, end),
    kept: async (name, start, end) => state[name]?.slice(start, end),
  };
}

export async function runRound(test: TestRound): Promise<TestResult> {
  const { updates, came = updates, part = 3 } = test;
  const context = contextOf(test);
  const aggregation = strategyWith(test.strategy).open(context);
  for (const update of came) await aggregation.fold(contributionOf(update, updates.indexOf(update)));
  await aggregation.complete();
  const model = new Float32Array(context.elements);
  const state: Record<string, Float32Array> = {};
  for (let start = 0; start < model.length; start += part) {
    const result = await aggregation.result(start, Math.min(start + part, model.length));
    model.set(result.model, start);
    for (const [name, values] of Object.entries(result.state ?? {})) {
      state[name] ??= new Float32Array(model.length);
      state[name].set(values, start);
    }
  }
  return { model, state };
}
