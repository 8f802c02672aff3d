import { createHash } from "node:crypto";
import { encodeSafetensors, exportOnnx, type Graph } from "@tributary/nn";
import type { ParameterSet } from "@tributary/protocol";
import { Command, Option } from "commander";
import { type WrittenFormat, writtenFormatOf, writtenFormats } from "../models/model-file.js";
import { namedModelArgument } from "../models/named-model-argument.js";
import { readGraph } from "../models/read-graph.js";
import { writeWhole } from "../models/save-model.js";
import { type WeightsFlags, weightsFrom, withWeights } from "../models/weights.js";
import { bytes } from "../output/format.js";
import { print, printJson } from "../output/print.js";

type Options = WeightsFlags & { readonly output: string; readonly format?: WrittenFormat; readonly json?: boolean };

/** `tributary model export`: a network with its parameters as a file for other programs. */
export const modelExport = (): Command =>
  withWeights(
    new Command("export")
      .description("write a model with its parameters for other programs")
      .addArgument(namedModelArgument("a named model, or a traced graph's JSON")),
  )
    .addOption(
      new Option("--format <format>", "default: what the output's name ends in, .zip for tfjs").choices(writtenFormats),
    )
    .requiredOption("--output <file>", "where it goes")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  tributary model export lenet5 --weights model.safetensors --output model.onnx" +
        "\n  tributary model export lenet5 --job JOB --round 10 --format safetensors --output model.safetensors" +
        "\n  tributary model export lenet5 --weights model.safetensors --format tfjs --output model.zip",
    )
    .action(run);

async function run(model: string, { output, format: wanted, json, ...flags }: Options): Promise<void> {
  const format = wanted ?? writtenFormatOf(output);
  const graph = await readGraph(model);
  const { parameters, origin } = await weightsFrom(graph, flags);
  const file = await encoded(format, graph, parameters, origin);
  await writeWhole(output, file);
  const digest = createHash("sha256").update(file).digest("hex");
  if (json) printJson({ file: output, format, size: file.length, digest });
  else print(`${output}  ${format}  ${bytes(file.length)}  ${digest}`);
}

async function encoded(
  format: WrittenFormat,
  graph: Graph,
  parameters: ParameterSet,
  metadata: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  switch (format) {
    case "safetensors":
      return encodeSafetensors(parameters, { model: graph.name, ...metadata });
    case "onnx":
      return exportOnnx(graph, parameters, { metadata });
    case "tfjs": {
      // Loaded now: the other formats take no engine.
      const { exportTfjs, openBackend } = await import("@tributary/engine");
      return exportTfjs(await openBackend(), graph, parameters, { metadata });
    }
    default:
      return format satisfies never;
  }
}
