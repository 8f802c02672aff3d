import fc from "fast-check";
import { checkJobSpec } from "../job/parse-job-spec.js";
import { strategies, wrappers } from "../strategies/strategies.js";
import type { Strategy } from "../strategies/strategy.js";
import { strategyWith, type TestUpdate } from "./rounds.js";

/** Numbers of a model in these tests. */
export const ELEMENTS = 7;

/** So many epochs of so small batches that no worker of these tests takes more steps than its samples allow. */
export const training = { epochs: 50, batchSize: 1 };

/** A section `strategy` of a JobSpec. */
export interface StrategySection {
  readonly kind: string;
  readonly of?: object;
  readonly weighting?: string | undefined;
}

/** What the contract suite runs a strategy with. */
export interface StrategyCases {
  readonly strategy: StrategySection;
  readonly bound: Strategy;
  /** Updates of a round: more than it needs. */
  readonly count: number;
  /** The vectors that come besides the model, all with these values. */
  extraOf(values: ArrayLike<number>): Readonly<Record<string, ArrayLike<number>>>;
  readonly vector: fc.Arbitrary<number[]>;
  /** A round's updates. */
  readonly cohort: fc.Arbitrary<TestUpdate[]>;
  /** A round's updates that all say the same. */
  alike(values: ArrayLike<number>): TestUpdate[];
}

/** Numbers that a mean has no trouble to give back bit for bit. */
const plain = fc.integer({ min: -1_024, max: 1_024 }).map((value) => value / 16);

export function casesOf(strategy: StrategySection): StrategyCases {
  const bound = strategyWith(strategy);
  const count = bound.least + 3;
  const { returns = [] } = bound.objective;
  const extraOf = (values: ArrayLike<number>) => Object.fromEntries(returns.map((name) => [name, values]));
  const vector = fc.array(plain, { minLength: ELEMENTS, maxLength: ELEMENTS });
  const update = fc.record({
    samples: fc.integer({ min: 1, max: 1_000 }),
    localSteps: fc.integer({ min: 1, max: 50 }),
    loss: fc.double({ min: 0, max: 10, noNaN: true }),
    staleness: fc.integer({ min: 0, max: 9 }),
    values: vector,
    correction: vector,
  });
  return {
    ...{ strategy, bound, count, extraOf, vector },
    cohort: fc
      .array(update, { minLength: count, maxLength: count })
      .map((all) => all.map(({ correction, ...rest }): TestUpdate => ({ ...rest, extra: extraOf(correction) }))),
    alike: (values) =>
      Array.from({ length: count }, (_, index) => ({
        ...{ samples: 10 * (index + 1), localSteps: 5, values, extra: extraOf(new Float32Array(ELEMENTS)) },
      })),
  };
}

/** From the outermost wrapper to the strategy that it is around in the end. */
function layersOf(section: object): object[] {
  return "of" in section && typeof section.of === "object" && section.of !== null
    ? [section, ...layersOf(section.of)]
    : [section];
}

const definitionsOf = (section: object) =>
  layersOf(section).flatMap((layer) =>
    [...strategies, ...wrappers].filter(({ kind }) => "kind" in layer && layer.kind === kind),
  );

/** Whether the rule, or a wrapper around it, goes by a step of its own towards updates that are all alike. */
export const hasOwnStep = (section: object): boolean => definitionsOf(section).some(({ ownStep }) => ownStep === true);

/** Whether every layer has done with an update as soon as it is folded in. */
export const streams = (section: object): boolean =>
  definitionsOf(section).every(({ memory }) => memory === undefined || memory === "model");

/** The same, with the innermost rule told to weigh by samples; undefined: it has no weights. */
export function weighted(section: object): StrategySection | undefined {
  const { strategy } = checkJobSpec({ model: "lenet5", dataset: "mnist", strategy: section });
  return weigh(strategy);
}

function weigh(section: StrategySection): StrategySection | undefined {
  if ("weighting" in section) return { ...section, weighting: "samples" };
  const [, inner] = layersOf(section);
  const of = inner !== undefined && "kind" in inner ? weigh({ ...inner, kind: String(inner.kind) }) : undefined;
  return of && { ...section, of };
}

/** Whether a JobSpec may ask for it: what it may not needs no proof. */
export function isAllowed(strategy: object): boolean {
  try {
    checkJobSpec({ model: "lenet5", dataset: "mnist", strategy });
    return true;
  } catch {
    return false;
  }
}
