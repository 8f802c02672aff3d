import type { z } from "zod";
import type { defineOp, Mismatch, OpSpec } from "../ops/op.js";

/** What a plug-in is handed, so that it needs to import nothing, wherever its file lies. */
export interface PluginKit {
  readonly defineOp: typeof defineOp;
  /** What a shape rule throws: `new Mismatch("[batch, channels, height, width]", "[batch, 10]")`. */
  readonly Mismatch: typeof Mismatch;
  /** zod, for attributes. */
  readonly z: typeof z;
}

/**
 * An operator of one's own. `Run` is how a backend runs it, which `@tributary/engine` defines: a coordinator, which runs nothing,
 * does not look at it.
 */
export interface OwnOp<Run = unknown> {
  /** What `defineOp` makes: name, inputs, attributes, parameters and the rule for its shape. */
  readonly spec: OpSpec<unknown>;
  readonly run?: Run;
}

/**
 * What the module of a plug-in exports as its default.
 *
 * @example
 * ```js
 * export default ({ defineOp, z }) => [
 *   {
 *     spec: defineOp({
 *       name: "acme.scale",
 *       attributes: z.strictObject({ factor: z.number() }),
 *       infer: ({ input }) => [...input],
 *     }),
 *     run: { apply: ({ backend, inputs, node }) => backend.tf.mul(inputs[0], node.attributes.factor) },
 *   },
 * ];
 * ```
 */
export type Plugin<Run = unknown> = (kit: PluginKit) => readonly OwnOp<Run>[] | Promise<readonly OwnOp<Run>[]>;
