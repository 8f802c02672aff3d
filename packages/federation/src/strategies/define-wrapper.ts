import { z } from "zod";
import type { Aggregation, NewJob, RoundContext, Strategy } from "./strategy.js";

type Settings<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape, z.core.$strict>>;

/** What a wrapper is: a strategy that does something to the updates and leaves the rest to the one that it is `of`. */
export interface WrapperDefinition<Kind extends string, Shape extends z.ZodRawShape> {
  /** As in `strategy.kind` of a JobSpec. */
  readonly kind: Kind;
  /** What it is, with its paper, in one line. */
  readonly about: string;
  /** Its settings besides `of`, each with a description. */
  readonly settings: Shape;
  /** Settings that the contract suite is run with. */
  readonly example: z.input<z.ZodObject<Shape, z.core.$strict>> & { readonly of: object };
  /** `reread`: it holds all updates until they are in, and reads them again. Absent: they go on to the inner strategy one by one. */
  readonly memory?: "reread";
  /** Whether it changes updates that are all alike, so that they need not be the next model. Absent: it does not. */
  readonly ownStep?: true;
  /** Least updates that it needs, so that the inner strategy has as many as that needs. Absent: as many. */
  readonly least?: (settings: Settings<Shape>, inner: Strategy) => number;
  /** Why it can't do for a new job what it says, besides what the inner strategy has against it. Absent: it can for all. */
  readonly unfitFor?: (settings: Settings<Shape>, inner: Strategy, job: NewJob) => string | undefined;
  /** Most updates that it takes, so that the inner strategy gets no more than it can take. Absent: as many. */
  readonly most?: (settings: Settings<Shape>, most: number) => number;
  /** A round begins. @throws TributaryError `conflict` when the rule can't work with its cohort */
  open(settings: Settings<Shape>, inner: Strategy, round: RoundContext): Aggregation;
}

/** A wrapper that can be asked for. */
export interface WrapperKind<Kind extends string, Shape extends z.ZodRawShape>
  extends Pick<WrapperDefinition<Kind, Shape>, "kind" | "about" | "example" | "memory" | "ownStep"> {
  /** The section `strategy` of a JobSpec for this wrapper around one of the given strategies. */
  schemaOf<Of extends z.ZodType>(
    of: Of,
  ): z.ZodObject<{ kind: z.ZodLiteral<Kind> } & Shape & { of: Of }, z.core.$strict>;
  /** The strategy, with its settings, which were checked when the JobSpec was. */
  bind(settings: unknown, inner: Strategy): Strategy;
}

/** Makes a wrapper of its definition. What workers are asked, and what is kept, is the inner strategy's. */
export function defineWrapper<const Kind extends string, Shape extends z.ZodRawShape>(
  definition: WrapperDefinition<Kind, Shape>,
): WrapperKind<Kind, Shape> {
  const { kind, about, example, memory, ownStep } = definition;
  const own = z.object(definition.settings);
  return {
    ...{ kind, about, example },
    ...(memory && { memory }),
    ...(ownStep && { ownStep }),
    schemaOf: (of) => z.strictObject({ kind: z.literal(kind).describe(about), ...definition.settings, of }),
    bind(value, inner) {
      const settings: Settings<Shape> = own.parse(value);
      const most = inner.most === undefined ? undefined : (definition.most?.(settings, inner.most) ?? inner.most);
      return {
        ...{ ...inner, kind, most },
        least: definition.least?.(settings, inner) ?? inner.least,
        unfitFor: (job) => definition.unfitFor?.(settings, inner, job) ?? inner.unfitFor(job),
        open: (round) => definition.open(settings, inner, round),
      };
    },
  };
}
