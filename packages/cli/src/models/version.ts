import type { TributaryClient } from "@tributary/client";
import { TributaryError } from "@tributary/protocol";

type ModelVersion = Awaited<ReturnType<TributaryClient["models"]["list"]>>[number];

/**
 * The version of a job's global model that `--round` means.
 * @param round a number, or "latest"
 * @throws TributaryError `invalid_request`, `not_found`, what the coordinator refuses with
 */
export async function findVersion(client: TributaryClient, job: string, round: string): Promise<ModelVersion> {
  if (round !== "latest" && !/^\d{1,7}$/.test(round))
    throw new TributaryError("invalid_request", `"${round.slice(0, 20)}" is no round`, {
      hint: "Give a whole number, or latest.",
    });
  const versions = await client.models.list(job);
  const version = round === "latest" ? versions.at(-1) : versions.find((each) => each.round === Number(round));
  if (version === undefined)
    throw new TributaryError("not_found", `job ${job} has no model of round ${round}`, {
      hint: `It has ${versions.length} versions.`,
    });
  return version;
}
