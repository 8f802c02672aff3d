import { access, constants } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { oneLine, TributaryError } from "@tributary/protocol";
import { z } from "zod";
import { registerOp } from "../ops/catalogue.js";
import { defineOp, Mismatch, type OpSpec } from "../ops/op.js";
import type { OwnOp, PluginKit } from "./plugin.js";

/** Operators in one plug-in. A worker may name 500 ops at its registration, those of the catalogue among them. */
const MOST_OPS = 400;
/** Inputs of one operator. */
const MOST_INPUTS = 1_000;

const isFunction = (value: unknown): value is (...given: never[]) => unknown => typeof value === "function";

/** JavaScript may leave the rule out, and its wrapper would not show it. */
const defineWhole: typeof defineOp = (definition) => {
  if (!isFunction(definition.infer)) throw new Error(`${definition.name}: infer is no function`);
  return defineOp(definition);
};

const kit: PluginKit = { defineOp: defineWhole, Mismatch, z };

const hasParse = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "parse" in value && isFunction(value.parse);

const inputCount = z.int().min(1).max(MOST_INPUTS);

const opsSchema = z
  .array(
    z.object({
      spec: z.custom<OpSpec<unknown>>(
        (spec) =>
          z
            .object({
              name: z.string(),
              inputs: z.tuple([inputCount, inputCount]).refine(([least, most]) => least <= most),
              attributes: z.custom(hasParse),
              parameters: z.record(z.string(), z.enum(["required", "optional", "buffer"])),
              infer: z.custom(isFunction),
            })
            .safeParse(spec).success,
        "is not what defineOp makes",
      ),
      run: z.unknown().optional(),
    }),
  )
  .min(1)
  .max(MOST_OPS);

/** By address. One plug-in counts once in a process, however often it is asked for. */
const loaded = new Map<string, Promise<readonly OwnOp[]>>();

/**
 * Imports a plug-in and adds its operators to those that a graph may name in this process. It runs code: the path must come from
 * whoever started the process, never from the wire.
 *
 * @param file an ES module whose default export is a `Plugin`
 * @throws TributaryError `file_unreadable`; `plugin_invalid` when the module does not load, exports something else, or names an
 *   operator that there is already
 */
export function loadPlugin(file: string | URL): Promise<readonly OwnOp[]> {
  const path = file instanceof URL ? fileURLToPath(file) : file;
  const url = pathToFileURL(resolve(path)).href;
  const known = loaded.get(url);
  if (known !== undefined) return known;
  const loading = load(path, url);
  loaded.set(url, loading);
  return loading;
}

async function load(path: string, url: string): Promise<readonly OwnOp[]> {
  const place = `the plug-in ${path}`;
  const invalid = (what: string, cause?: unknown) =>
    new TributaryError("plugin_invalid", oneLine(`${place}: ${what}`), { cause });
  try {
    await access(path, constants.R_OK);
  } catch (cause) {
    throw new TributaryError("file_unreadable", oneLine(`${place} cannot be read`), { cause });
  }
  let exported: unknown;
  try {
    const module: { readonly default?: unknown } = await import(url);
    if (!isFunction(module.default)) throw new Error("its default export is no function");
    exported = await Reflect.apply(module.default, undefined, [kit]);
  } catch (cause) {
    throw invalid(textOf(cause), cause);
  }
  const parsed = opsSchema.safeParse(exported);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(`what its function returns: ${issue?.path.join(".") || "operators"}: ${issue?.message}`);
  }
  for (const { spec } of parsed.data) {
    try {
      registerOp(spec);
    } catch (cause) {
      throw invalid(textOf(cause), cause);
    }
  }
  return parsed.data;
}

const textOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
