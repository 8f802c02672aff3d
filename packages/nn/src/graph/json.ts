import { TributaryError } from "@tributary/protocol";
import { z } from "zod";
import type { Graph } from "./graph.js";
import { validateGraph } from "./validate.js";

const shape = z.array(z.number()).max(16);
const name = z.string().max(256);

const graphSchema = z.strictObject({
  name,
  inputs: z.array(z.strictObject({ name, shape })).max(100),
  nodes: z
    .array(
      z.strictObject({
        name,
        op: name,
        inputs: z.array(name).max(1_000),
        parameters: z.record(name, name),
        attributes: z.record(name, z.union([z.number(), z.string(), z.boolean(), z.array(z.number()).max(1_000)])),
        shape,
        module: z.string().max(1_000),
      }),
    )
    .max(10_000),
  outputs: z.array(name).max(100),
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
      }),
    )
    .max(100_000),
});

/**
 * A graph from parsed JSON. `JSON.stringify(graph)` is the other way.
 * @throws TributaryError `invalid_graph`, `shape_mismatch`
 */
export function parseGraph(json: unknown): Graph {
  const parsed = graphSchema.safeParse(json);
  if (parsed.success) return validateGraph(parsed.data);
  const [issue] = parsed.error.issues;
  throw new TributaryError("invalid_graph", `graph.${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not a graph"}`);
}
