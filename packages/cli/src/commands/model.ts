import { TributaryError } from "@tributary/protocol";
import { Command } from "commander";
import { saveModel } from "../model-file.js";
import { type ClientFlags, clientFrom } from "../options.js";
import { print, printJson } from "../output/print.js";
import { clientCommand } from "./job.js";

/** `tributary model …`: versions of global models. */
export const model = (): Command =>
  new Command("model").description("versions of global models").addCommand(download());

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
        if (round !== "latest" && !/^\d{1,7}$/.test(round))
          throw new TributaryError("invalid_request", `"${round.slice(0, 20)}" is no round`, {
            hint: "Give a whole number, or latest.",
          });
        const client = await clientFrom(flags);
        const versions = await client.models.list(job);
        const version = round === "latest" ? versions.at(-1) : versions.find((each) => each.round === Number(round));
        if (version === undefined)
          throw new TributaryError("not_found", `job ${job} has no model of round ${round}`, {
            hint: `It has ${versions.length} versions.`,
          });
        const file = output ?? `${job}-round-${version.round}.safetensors`;
        await saveModel(client, job, version.round, file);
        if (flags.json) printJson({ ...version, file });
        else print(`${file}  round ${version.round}  ${version.digest}`);
      },
    );
