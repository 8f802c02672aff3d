import { Command } from "commander";
import { saveModel } from "../models/save-model.js";
import { findVersion } from "../models/version.js";
import { type ClientFlags, clientFrom } from "../options.js";
import { print, printJson } from "../output/print.js";
import { clientCommand } from "./client-command.js";
import { modelExport } from "./model-export.js";
import { modelPersonal } from "./model-personal.js";
import { modelPredict } from "./model-predict.js";
import { modelShow } from "./model-show.js";

/** `tributary model …`: networks, their parameters, and versions of global models. */
export const model = (): Command =>
  new Command("model")
    .description("networks, files with their parameters, versions of global models")
    .addHelpText(
      "after",
      "\nExamples:\n  tributary model show lenet5\n  tributary model download JOB --output model.safetensors",
    )
    .addCommand(modelShow())
    .addCommand(modelExport())
    .addCommand(modelPredict())
    .addCommand(modelPersonal())
    .addCommand(download());

const download = (): Command =>
  clientCommand("download", "fetch a version of a job's global model as a safetensors file")
    .argument("<job>", "id of the job")
    .option("--round <n>", "the round; default: the newest version", "latest")
    .option("--output <file>", "where it goes; default JOB-round-N.safetensors")
    .addHelpText("after", "\nExample:\n  tributary model download JOB --round 10 --output model.safetensors")
    .action(
      async (
        job: string,
        { round, output, ...flags }: ClientFlags & { round: string; output?: string; json?: boolean },
      ) => {
        const client = await clientFrom(flags);
        const version = await findVersion(client, job, round);
        const file = output ?? `${job}-round-${version.round}.safetensors`;
        await saveModel(client, job, version.round, file);
        if (flags.json) printJson({ ...version, file });
        else print(`${file}  round ${version.round}  ${version.digest}`);
      },
    );
