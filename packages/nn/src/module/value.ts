import type { Attribute } from "../graph/graph.js";
import type { Module, ParameterSlot } from "./module.js";

/** Where an op is applied: what it reads besides its first input, and the layer that applies it. */
export interface OpApplication {
  /** Inputs after the first. */
  readonly others?: readonly Value[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly parameters?: Readonly<Record<string, ParameterSlot | undefined>>;
  /** The layer, so that mistakes can name it. Absent for functional ops. */
  readonly layer?: Module;
  /** What the layer calls this op, where it applies several. */
  readonly part?: string;
}

/** What `trace` hands to `forward`: it has a shape and no numbers. Ops make new values of it. */
export interface Value {
  readonly name: string;
  /** Sizes, outermost first; -1 is the batch dimension. */
  readonly shape: readonly number[];
  /** Applies an op of the catalogue to this value. @throws TributaryError `shape_mismatch`, `invalid_graph` */
  apply(op: string, application?: OpApplication): Value;
}
