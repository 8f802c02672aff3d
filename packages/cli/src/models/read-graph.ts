import { type Graph, modelNames, namedModel, parseGraph } from "@tributary/nn";
import { TributaryError } from "@tributary/protocol";
import { readBytes } from "../files.js";

/** A graph's JSON is shorter, bytes. */
const LONGEST = 64 * 1024 * 1024;

/** Whether MODEL of a command is meant as a file, not as a named model. */
export const isFileName = (model: string): boolean => !modelNames.includes(model) && /[./\\]/.test(model);

/**
 * The network that MODEL of a command means: a named model, or the file with a traced graph's JSON.
 * @throws TributaryError `unknown_model`, `file_unreadable`, `file_invalid`, `invalid_graph`, `shape_mismatch`
 */
export async function readGraph(model: string): Promise<Graph> {
  if (!isFileName(model)) return namedModel(model);
  const content = await readBytes(model, "the graph", LONGEST);
  return parseGraph(parseJson(model, content));
}

function parseJson(path: string, content: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content));
  } catch (cause) {
    throw new TributaryError("file_invalid", `the graph ${path} is no JSON`, {
      cause,
      hint: "Write it by JSON.stringify(trace(module, shape)).",
    });
  }
}
