import { oneLine, TributaryError } from "@tributary/protocol";
import { z } from "zod";
import type { Graph } from "./graph.js";
import { LIMITS } from "./limits.js";
import { validateGraph } from "./validate.js";

const shape = z.array(z.number()).max(LIMITS.dimensions);
const name = z.string().max(LIMITS.nameLength);

const graphSchema = z.strictObject({
  name,
  inputs: z.array(z.strictObject({ name, shape })).max(LIMITS.inputs),
  nodes: z
    .array(
      z.strictObject({
        name,
        op: name,
        inputs: z.array(name).max(LIMITS.nodeInputs),
        parameters: z.record(name, name),
        attributes: z.record(
          name,
          z.union([z.number(), z.string(), z.boolean(), z.array(z.number()).max(LIMITS.numbers)]),
        ),
        shape,
        module: z.string().max(LIMITS.pathLength),
      }),
    )
    .max(LIMITS.nodes),
  outputs: z.array(name).max(LIMITS.outputs),
  parameters: z
    .array(
      z.strictObject({
        name,
        shape,
        initialiser: z.discriminatedUnion("rule", [
          z.strictObject({ rule: z.literal("uniform"), bound: z.number() }),
          z.strictObject({ rule: z.literal("normal"), deviation: z.number() }),
          z.strictObject({ rule: z.literal("constant"), value: z.number() }),
        ]),
        trainable: z.boolean(),
        buffer: z.boolean().default(false),
      }),
    )
    .max(LIMITS.parameters),
});

/**
 * A graph from parsed JSON. `JSON.stringify(graph)` is the other way.
 * @throws TributaryError `invalid_graph`, `shape_mismatch`
 */
export function parseGraph(json: unknown): Graph {
  const parsed = graphSchema.safeParse(json);
  if (parsed.success) return validateGraph(parsed.data);
  const [issue] = parsed.error.issues;
  const place = ["graph", ...(issue?.path ?? [])].join(".");
  throw new TributaryError("invalid_graph", oneLine(`${place}: ${issue?.message ?? "not a graph"}`));
}
