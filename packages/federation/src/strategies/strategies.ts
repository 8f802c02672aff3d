import { TributaryError } from "@tributary/protocol";
import { z } from "zod";
import { bulyan } from "./bulyan.js";
import { centredClipping } from "./centred-clipping.js";
import { ditto } from "./ditto.js";
import { fedAdagrad } from "./fedadagrad.js";
import { fedAdam } from "./fedadam.js";
import { fedAvg } from "./fedavg.js";
import { fedAvgM } from "./fedavgm.js";
import { fedBn } from "./fedbn.js";
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
import { qFedAvg } from "./q-fedavg.js";
import { scaffold } from "./scaffold.js";
import type { Strategy } from "./strategy.js";
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
  median,
  trimmedMean,
  krum,
  multiKrum,
  bulyan,
  geometricMedian,
  centredClipping,
] as const;

const [, ...others] = strategies;

/** The section `strategy` of a JobSpec. */
export const strategySchema = z
  .discriminatedUnion("kind", [
    // Without a kind it is this one.
    fedAvg.schema.extend({ kind: fedAvg.schema.shape.kind.optional().default("fedavg") }),
    ...others.map(({ schema }) => schema),
  ])
  .prefault({})
  .describe("How updates become the next global model");

export type StrategySpec = z.output<typeof strategySchema>;

/** The strategy that a job asks for, with its settings. */
export function strategyOf({ strategy }: { readonly strategy: StrategySpec }): Strategy {
  const found = strategies.find(({ kind }) => kind === strategy.kind);
  if (found === undefined) throw new TributaryError("internal", `no strategy ${strategy.kind}`);
  return found.bind(strategy);
}
