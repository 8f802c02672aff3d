import { createHash } from "node:crypto";
import { encodeSafetensors, exportOnnx } from "@tributary/nn";
import { Command, Option } from "commander";
import { type Format, formatOf, formats } from "../models/model-file.js";
import { readGraph } from "../models/read-graph.js";
import { writeWhole } from "../models/save-model.js";
import { type WeightsFlags, weightsFrom, withWeights } from "../models/weights.js";
import { bytes } from "../output/format.js";
import { print, printJson } from "../output/print.js";

type Options = WeightsFlags & { readonly output: string; readonly format?: Format; readonly json?: boolean };

/** `tributary model export`: a network with its parameters as a file for other programs. */
export const modelExport = (): Command =>
  withWeights(
    new Command("export")
      .description("write a model with its parameters for other programs")
      .argument("<model>", "a named model, or a traced graph's JSON"),
  )
    .addOption(new Option("--format <format>", "default: what the output's name ends in").choices(formats))
    .requiredOption("--output <file>", "where it goes")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  tributary model export lenet5 --weights model.safetensors --output model.onnx" +
        "\n  tributary model export lenet5 --job JOB --round 10 --format safetensors --output model.safetensors",
    )
    .action(run);

async function run(model: string, { output, format: wanted, json, ...flags }: Options): Promise<void> {
  const format = wanted ?? formatOf(output);
  const graph = await readGraph(model);
  const { parameters, origin } = await weightsFrom(graph, flags);
  const file =
    format === "onnx"
      ? exportOnnx(graph, parameters, { metadata: origin })
      : encodeSafetensors(parameters, { model: graph.name, ...origin });
  await writeWhole(output, file);
  const digest = createHash("sha256").update(file).digest("hex");
  if (json) printJson({ file: output, format, size: file.length, digest });
  else print(`${output}  ${format}  ${bytes(file.length)}  ${digest}`);
}
