import { createHash } from "node:crypto";
import { join } from "node:path";
import { encodeSafetensors, exportOnnx } from "@tributary/nn";
import { PersonalModels } from "@tributary/worker";
import { Command, Option } from "commander";
import { type Format, formatOf, formats } from "../models/model-file.js";
import { writeWhole } from "../models/save-model.js";
import { bytes } from "../output/format.js";
import { print, printJson } from "../output/print.js";
import { nameOption, stateDirOf, stateDirOption } from "../worker-state.js";

interface Options {
  readonly name: string;
  readonly stateDir?: string;
  readonly output: string;
  readonly format?: Format;
  readonly json?: boolean;
}

/** `tributary model personal`: a worker's own model, which never leaves its state folder by itself, as a file. */
export const modelPersonal = (): Command =>
  new Command("personal")
    .description("write a worker's own model of a job with `personalisation` as a file, at the worker's machine")
    .argument("<job>", "id of the job")
    .addOption(nameOption())
    .addOption(stateDirOption())
    .addOption(new Option("--format <format>", "default: what the output's name ends in").choices(formats))
    .requiredOption("--output <file>", "where it goes")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  tributary model personal JOB --name alice --output alice.safetensors")
    .action(run);

async function run(job: string, { name, stateDir, output, format: wanted, json }: Options): Promise<void> {
  const format = wanted ?? formatOf(output);
  const models = new PersonalModels(join(stateDirOf(name, stateDir), "personal"));
  const { graph, parameters, round, worker } = await models.read(job);
  const metadata = { job, round: String(round), worker };
  const file =
    format === "onnx"
      ? exportOnnx(graph, parameters, { metadata })
      : encodeSafetensors(parameters, { model: graph.name, ...metadata });
  await writeWhole(output, file);
  const digest = createHash("sha256").update(file).digest("hex");
  if (json) printJson({ file: output, format, size: file.length, digest, ...metadata, round });
  else print(`${output}  ${format}  ${bytes(file.length)}  ${digest}`);
}
