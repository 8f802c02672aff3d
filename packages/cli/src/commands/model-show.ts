import { createHash } from "node:crypto";
import { type Graph, graphDigest, parameterCount, summary } from "@tributary/nn";
import { elementCount, oneLine } from "@tributary/protocol";
import { Command } from "commander";
import { readModelFile } from "../models/model-file.js";
import { namedModelArgument } from "../models/named-model-argument.js";
import { isFileName, readGraph } from "../models/read-graph.js";
import { bytes, count } from "../output/format.js";
import { print, printJson, printTable } from "../output/print.js";

/** `tributary model show`: what a network is, or what is in a file of parameters. */
export const modelShow = (): Command =>
  new Command("show")
    .description("a network's layers, shapes and parameters, or the tensors in a file")
    .addArgument(namedModelArgument("a named model, a traced graph's JSON, a safetensors or ONNX file"))
    .option("--json", "print JSON")
    .addHelpText("after", "\nExamples:\n  tributary model show lenet5\n  tributary model show model.safetensors")
    .action(async (model: string, { json }: { json?: boolean }) => {
      if (isFileName(model) && !/\.json$/i.test(model)) await showFile(model, json);
      else showGraph(await readGraph(model), json);
    });

function showGraph(graph: Graph, json: boolean | undefined): void {
  const digest = graphDigest(graph);
  if (json) printJson({ ...graph, parameterCount: parameterCount(graph), digest });
  else print(`${summary(graph)}\ndigest ${digest}`);
}

async function showFile(path: string, json: boolean | undefined): Promise<void> {
  const { format, bytes: content, metadata, tensors } = await readModelFile(path);
  const digest = createHash("sha256").update(content).digest("hex");
  const shown = tensors.map(({ name, type, shape }) => ({ name, type, shape, values: elementCount(shape) }));
  const values = shown.reduce((sum, tensor) => sum + tensor.values, 0);
  if (json) return printJson({ file: path, format, size: content.length, digest, values, metadata, tensors: shown });
  printTable(
    ["tensor", "type", "shape", "values"],
    shown.map(({ name, type, shape, values }) => [
      oneLine(name, 100),
      type,
      `[${shape.join(", ")}]`,
      values.toLocaleString("en-US"),
    ]),
  );
  print(`${count(tensors.length)} tensors, ${count(values)} values, ${bytes(content.length)}`);
  for (const [key, value] of Object.entries(metadata)) print(`${oneLine(key, 60)}: ${oneLine(value, 200)}`);
  print(`digest ${digest}`);
}
