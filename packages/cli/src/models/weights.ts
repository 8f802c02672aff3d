import { decodeSafetensors, type Graph, loadParameters } from "@tributary/nn";
import { type Parameter, TributaryError } from "@tributary/protocol";
import { type Command, Option } from "commander";
import { type ClientFlags, clientFrom, coordinatorOption, tokenOptions } from "../options.js";
import { readWeights } from "./model-file.js";
import { findVersion } from "./version.js";

/** Where a network's parameters come from. */
export type WeightsFlags = ClientFlags & {
  readonly weights?: string;
  readonly job?: string;
  readonly round: string;
};

/** Adds the options that say where the parameters come from: a file, or a job's global model. */
export function withWeights(command: Command): Command {
  command
    .addOption(new Option("--weights <file>", "its parameters: a safetensors or ONNX file").conflicts("job"))
    .option("--job <job>", "or the job whose global model it takes")
    .option("--round <n>", "with --job: the round; default: the newest version", "latest")
    .addOption(coordinatorOption());
  for (const option of tokenOptions()) command.addOption(option);
  return command;
}

/** @returns the parameters, and what they are from @throws TributaryError `invalid_request` without a source; as both sources */
export async function weightsFrom(
  graph: Graph,
  { weights, job, round, ...flags }: WeightsFlags,
): Promise<{ readonly parameters: Parameter[]; readonly origin: Readonly<Record<string, string>> }> {
  if (weights !== undefined) return { parameters: await readWeights(graph, weights), origin: {} };
  if (job === undefined)
    throw new TributaryError("invalid_request", "there are no parameters for the model", {
      hint: "Give --weights FILE or --job JOB.",
    });
  const client = await clientFrom(flags);
  const version = await findVersion(client, job, round);
  const model = decodeSafetensors(await client.models.fetch(job, version.round));
  return { parameters: loadParameters(graph, model), origin: { job, round: String(version.round) } };
}
