import { TributaryError } from "@tributary/protocol";
import * as activation from "./activation.js";
import * as arithmetic from "./arithmetic.js";
import * as convolution from "./convolution.js";
import * as dropout from "./dropout.js";
import * as embedding from "./embedding.js";
import * as join from "./join.js";
import * as linear from "./linear.js";
import * as normalisation from "./normalisation.js";
import type { OpSpec } from "./op.js";
import * as pooling from "./pooling.js";
import * as recurrent from "./recurrent.js";
import * as reduction from "./reduction.js";
import * as reshape from "./reshape.js";

const families = [
  activation,
  arithmetic,
  convolution,
  dropout,
  embedding,
  join,
  linear,
  normalisation,
  pooling,
  recurrent,
  reduction,
  reshape,
];

/** Every op that comes with Tributary. */
export const catalogue: ReadonlyMap<string, OpSpec<unknown>> = new Map(
  families
    .flatMap((family): OpSpec<unknown>[] => Object.values(family))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((op) => [op.name, op]),
);

const own = new Map<string, OpSpec<unknown>>();

/** Names of own operators have a dot, so that the catalogue can grow without meeting one: "acme.swish". */
const OWN_NAME = /^(?=.{1,100}$)[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)+$/;

/**
 * Adds an operator of one's own, made by `defineOp`, to those that a graph may name in this process. Who runs the graph must
 * know the same operator: a worker has it from its own start options, never from the wire. See `loadPlugin`.
 *
 * @throws TributaryError `invalid_request` for a name that is taken, has no dot or over 100 characters
 */
export function registerOp(op: OpSpec<unknown>): void {
  if (!OWN_NAME.test(op.name))
    throw new TributaryError("invalid_request", `an own operator can't be named "${op.name.slice(0, 60)}"`, {
      hint: 'Put a name of yours and a dot before it: "acme.swish".',
    });
  if (own.has(op.name)) throw new TributaryError("invalid_request", `there is an operator "${op.name}" already`);
  own.set(op.name, op);
}

/** Whether this is the name of an operator of somebody's own, whether this process knows it or not. */
export const isOwnOp = (name: string): boolean => OWN_NAME.test(name);

/** The ops that a graph may name in this process: the catalogue, and own operators. */
export const knownOps = (): readonly string[] => [...catalogue.keys(), ...own.keys()];

/** @throws TributaryError `invalid_graph` naming the place */
export function opNamed(name: string, place: string): OpSpec<unknown> {
  const op = catalogue.get(name) ?? own.get(name);
  if (op !== undefined) return op;
  if (isOwnOp(name))
    throw new TributaryError("invalid_graph", `${place}: there is no op "${name}" here`, {
      hint: "It is an operator of somebody's own: start the coordinator and the workers with --plugin and the file that has it.",
    });
  throw new TributaryError("invalid_graph", `${place}: there is no op "${name}"; there are ${knownOps().join(", ")}`);
}
