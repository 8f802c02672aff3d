import { z } from "zod";
import { checkMost } from "../aggregation/check-enough.js";
import type { LocalObjective } from "./objective.js";
import type { Aggregation, Asynchronous, NewJob, RoundContext, Strategy } from "./strategy.js";

/** A rule's settings, without `kind`, as zod infers them. */
type Settings<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape, z.core.$strict>>;

/** What a strategy is. See docs/guides/write-a-strategy.md. */
export interface StrategyDefinition<Kind extends string, Shape extends z.ZodRawShape> {
  /** As in `strategy.kind` of a JobSpec. */
  readonly kind: Kind;
  /** What it is, with its paper, in one line: in docs/job-spec.md, in OpenAPI and in `tributary strategies`. */
  readonly about: string;
  /** Its settings, each with a description. */
  readonly settings: Shape;
  /** Settings that the contract suite is run with. */
  readonly example: z.input<z.ZodObject<Shape, z.core.$strict>>;
  /**
   * What is in memory while it works: `model`: accumulators of the model's size, whatever the number of workers; `reread`: the
   * same, but updates are read again when all are in, and stay where they are until then, in a simulation in memory; `window`: a
   * window of every update, as it needs all of them, and what grows with their number.
   */
  readonly memory: "model" | "reread" | "window";
  /**
   * Whether it goes by a step of its own towards updates that are all alike, so that they need not be the next model. Absent: they
   * are it, within float32.
   */
  readonly ownStep?: true;
  /** The vectors that it keeps between rounds, each with the value that all its elements have at first. Absent: none. */
  readonly state?: (settings: Settings<Shape>) => Readonly<Record<string, number>>;
  /** Least updates that it can make a model of. Absent: 1. */
  readonly least?: (settings: Settings<Shape>) => number;
  /** Most updates that it has memory or time for: no round asks more workers. Absent: as many as there are. */
  readonly most?: number;
  /** What it asks of workers. Absent: nothing but what `training` says. */
  readonly objective?: (settings: Settings<Shape>) => LocalObjective;
  /** How it works without a barrier. Absent: in rounds. */
  readonly asynchronous?: (settings: Settings<Shape>) => Asynchronous;
  /** Why it can't do for a new job what it says, naming the setting. Absent: it can for all. */
  readonly unfitFor?: (settings: Settings<Shape>, job: NewJob) => string | undefined;
  /** A round begins. @throws TributaryError `conflict` when the rule can't work with its cohort */
  open(settings: Settings<Shape>, round: RoundContext): Aggregation;
}

/** A strategy that can be asked for: one line of the list in strategies.ts. */
export interface StrategyKind<Kind extends string, Shape extends z.ZodRawShape>
  extends Pick<StrategyDefinition<Kind, Shape>, "kind" | "about" | "memory" | "ownStep"> {
  /** Of the JobSpec's section `strategy`. */
  readonly schema: z.ZodObject<{ kind: z.ZodLiteral<Kind> } & Shape, z.core.$strict>;
  /** As in a JobSpec, without `kind`. */
  readonly example: StrategyDefinition<Kind, Shape>["example"];
  /** The strategy with its settings, which were checked when the JobSpec was. */
  bind(settings: unknown): Strategy;
}

/**
 * Makes a strategy of its definition.
 *
 * @example
 * export const fedAvg = defineStrategy({ kind: "fedavg", about: "…", settings: { weighting }, … });
 */
export function defineStrategy<const Kind extends string, Shape extends z.ZodRawShape>(
  definition: StrategyDefinition<Kind, Shape>,
): StrategyKind<Kind, Shape> {
  const { kind, about, memory, ownStep, example } = definition;
  const own = z.object(definition.settings);
  return {
    ...{ kind, about, memory, example },
    ...(ownStep && { ownStep }),
    schema: z.strictObject({ kind: z.literal(kind).describe(about), ...definition.settings }),
    bind(value) {
      const settings: Settings<Shape> = own.parse(value);
      const initial = definition.state?.(settings) ?? {};
      return {
        ...{ kind, initial },
        state: Object.keys(initial),
        least: definition.least?.(settings) ?? 1,
        most: definition.most,
        objective: definition.objective?.(settings) ?? {},
        asynchronous: definition.asynchronous?.(settings),
        unfitFor: (job) => definition.unfitFor?.(settings, job),
        open(round) {
          checkMost(kind, round.cohort.length, definition.most);
          return definition.open(settings, round);
        },
      };
    },
  };
}
