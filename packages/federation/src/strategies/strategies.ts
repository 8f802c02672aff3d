import { TributaryError } from "@tributary/protocol";
import { z } from "zod";
import { bucketing } from "./bucketing.js";
import { bulyan } from "./bulyan.js";
import { centredClipping } from "./centred-clipping.js";
import { ditto } from "./ditto.js";
import { fedAdagrad } from "./fedadagrad.js";
import { fedAdam } from "./fedadam.js";
import { fedAsync } from "./fedasync.js";
import { fedAvg } from "./fedavg.js";
import { fedAvgM } from "./fedavgm.js";
import { fedBn } from "./fedbn.js";
import { fedBuff } from "./fedbuff.js";
import { fedDyn } from "./feddyn.js";
import { fedNova } from "./fednova.js";
import { fedPer } from "./fedper.js";
import { fedProx } from "./fedprox.js";
import { fedSgd } from "./fedsgd.js";
import { fedYogi } from "./fedyogi.js";
import { geometricMedian } from "./geometric-median.js";
import { krum } from "./krum.js";
import { median } from "./median.js";
import { multiKrum } from "./multi-krum.js";
import { normBounding } from "./norm-bounding.js";
import { qFedAvg } from "./q-fedavg.js";
import { scaffold } from "./scaffold.js";
import type { RoundContext, Strategy } from "./strategy.js";
import { trimmedMean } from "./trimmed-mean.js";

/** Every strategy: the list that a new one is added to. */
export const strategies = [
  fedAvg,
  fedAvgM,
  fedProx,
  fedSgd,
  fedNova,
  fedAdagrad,
  fedAdam,
  fedYogi,
  scaffold,
  fedDyn,
  qFedAvg,
  fedBn,
  fedPer,
  ditto,
  fedBuff,
  fedAsync,
  median,
  trimmedMean,
  krum,
  multiKrum,
  bulyan,
  geometricMedian,
  centredClipping,
] as const;

/** Every wrapper around a strategy, or around another wrapper. */
export const wrappers = [normBounding, bucketing] as const;

const [, ...others] = strategies;
const schemas = [fedAvg.schema, ...others.map(({ schema }) => schema)] as const;

/** Wrappers around what is given. */
const wrapped = <Of extends z.ZodType>(of: Of) => [normBounding.schemaOf(of), bucketing.schemaOf(of)] as const;

const inner =
  "The strategy that gets what comes of it, with its `kind` and its settings; it may be a wrapper itself, two in all";
const innermost = z.discriminatedUnion("kind", schemas).describe(inner);
/** So deep and no deeper: what is nested without end can't be checked, nor explained. */
const oneWrapper = z.discriminatedUnion("kind", [...schemas, ...wrapped(innermost)]).describe(inner);

/** The section `strategy` of a JobSpec. */
export const strategySchema = z
  .discriminatedUnion("kind", [
    // Without a kind it is this one.
    fedAvg.schema.extend({ kind: fedAvg.schema.shape.kind.optional().default("fedavg") }),
    ...others.map(({ schema }) => schema),
    ...wrapped(oneWrapper),
  ])
  .prefault({})
  .describe("How updates become the next global model");

export type StrategySpec = z.output<typeof strategySchema>;

/** The strategy that a job asks for, with its settings. */
export const strategyOf = ({ strategy }: { readonly strategy: StrategySpec }): Strategy => bind(strategy);

/** Updates that make a version of an asynchronous job: as many as its buffer has places, and a wrapper around it needs. */
export const bufferSizeOf = ({ asynchronous, least }: Strategy): number =>
  Math.max(asynchronous?.bufferSize ?? 0, least);

/** The cohort of an asynchronous round: nobody knows before whose updates fill the buffer. */
export const seatsOf = (strategy: Strategy): RoundContext["cohort"] =>
  Array.from({ length: bufferSizeOf(strategy) }, () => ({ worker: "", samples: 0 }));

function bind(spec: StrategySpec): Strategy {
  const bound =
    "of" in spec
      ? wrappers.find(({ kind }) => kind === spec.kind)?.bind(spec, bind(spec.of))
      : strategies.find(({ kind }) => kind === spec.kind)?.bind(spec);
  if (bound === undefined) throw new TributaryError("internal", `no strategy ${spec.kind}`);
  return bound;
}
