import { jobSpecSchema } from "@tributary/federation";
import { z } from "zod";

/** A setting of a JobSpec, as a form asks for it. */
export type Field =
  | { readonly kind: "text" }
  | { readonly kind: "number"; readonly isWhole: boolean; readonly least?: number; readonly most?: number }
  | { readonly kind: "flag" }
  | { readonly kind: "choice"; readonly options: readonly string[] }
  | { readonly kind: "list"; readonly of: "text" | "number" }
  | { readonly kind: "group"; readonly fields: readonly NamedField[] }
  /** Settings of their own for each value of the field `key`. */
  | { readonly kind: "variants"; readonly key: string; readonly variants: ReadonlyMap<string, readonly NamedField[]> }
  /** Only to be written as YAML. */
  | { readonly kind: "other" };

export interface NamedField {
  readonly name: string;
  readonly description: string;
  readonly isRequired: boolean;
  readonly initial: unknown;
  readonly field: Field;
}

/** What of JSON Schema zod writes for a JobSpec, and a form needs. */
const nodeSchema = z.object({
  type: z.string().optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  required: z.array(z.string()).optional(),
  get properties() {
    return z.record(z.string(), nodeSchema).optional();
  },
  get anyOf() {
    return z.array(nodeSchema).optional();
  },
  get oneOf() {
    return z.array(nodeSchema).optional();
  },
  // A list of it: a tuple.
  items: z.unknown().optional(),
});
type Node = z.output<typeof nodeSchema>;

/** The settings of a JobSpec, out of its schema: what is new there is in the form, too. */
export const jobSpecFields = (): readonly NamedField[] => fieldsIn(jobSpecSchema);

/** The settings of which an object consists. Without its name in the API: JSON Schema would only refer to it. */
export const fieldsIn = ({ shape }: z.ZodObject): readonly NamedField[] =>
  fieldsOf(nodeSchema.parse(z.toJSONSchema(z.object(shape), { io: "input", unrepresentable: "any" })));

function fieldsOf({ properties = {}, required = [] }: Node, leaveOut?: string): NamedField[] {
  return Object.entries(properties)
    .filter(([name]) => name !== leaveOut)
    .map(([name, node]) => ({
      name,
      description: node.description ?? "",
      isRequired: required.includes(name),
      initial: node.default,
      field: fieldOf(node),
    }));
}

function fieldOf(node: Node): Field {
  const variants = variantsOf(node);
  if (variants !== undefined) return variants;
  // A name, or something that nobody types into a form.
  if (node.anyOf?.[0] !== undefined) return fieldOf(node.anyOf[0]);
  if (node.enum !== undefined) return { kind: "choice", options: node.enum.map(String) };
  if (node.type === "object" && node.properties !== undefined) return { kind: "group", fields: fieldsOf(node) };
  if (node.type === "string") return { kind: "text" };
  if (node.type === "boolean") return { kind: "flag" };
  if (node.type === "integer" || node.type === "number")
    return {
      kind: "number",
      isWhole: node.type === "integer",
      ...(node.minimum !== undefined && { least: node.minimum }),
      ...(node.maximum !== undefined && { most: node.maximum }),
    };
  const item = nodeSchema.safeParse(node.items).data?.type;
  if (node.type === "array" && (item === "string" || item === "number" || item === "integer"))
    return { kind: "list", of: item === "string" ? "text" : "number" };
  return { kind: "other" };
}

/** Objects that a constant tells apart, also where the constant alone may stand for one. */
function variantsOf({ oneOf, anyOf }: Node): Field | undefined {
  const all = oneOf ?? anyOf?.find((each) => each.oneOf !== undefined)?.oneOf;
  const [key] = Object.entries(all?.[0]?.properties ?? {}).find(([, { const: value }]) => value !== undefined) ?? [];
  if (all === undefined || key === undefined) return undefined;
  const variants = new Map(all.map((node) => [String(node.properties?.[key]?.const), fieldsOf(node, key)]));
  return { kind: "variants", key, variants };
}
