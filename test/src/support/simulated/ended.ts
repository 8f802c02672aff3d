import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TributaryClient } from "@tributary/client";
import type { JobView, PersonalisationView, ValidationView } from "@tributary/federation";
import { decodeSafetensors, loadParameters, namedModel } from "@tributary/nn";
import { digestOf, encodeParameters, hex, type ParameterSet } from "@tributary/protocol";
import type { SimulationResult } from "@tributary/simulation";
import { tributary } from "../federation.js";

/** What is compared of a run. */
export interface Ended {
  readonly reason: string | undefined;
  readonly digest: string | undefined;
  readonly accuracies: readonly (number | undefined)[];
  /** By round, of all updates as they travelled. */
  readonly sentBytes: readonly number[];
  /** By round, of the model that it made as it travels. */
  readonly sentModelBytes: readonly (number | undefined)[];
  /** By round, of each update that was scored. */
  readonly ofUpdates: readonly (readonly [worker: string, accuracy: number])[][];
  /** By round, what workers that train say of the model, and of their own ones. */
  readonly ofWorkers: readonly (readonly [ValidationView | undefined, PersonalisationView | undefined])[];
  /** Who scored nothing, and why, by round. */
  readonly refusals: readonly string[][];
  /** Digests of the workers' own models, by worker; none of a job that does not personalise, which forgets them when it ends. */
  readonly personal: Readonly<Record<string, string>>;
}

const sorted = (scores: readonly { readonly subject: string; readonly accuracy: number }[]) =>
  scores.map(({ subject, accuracy }) => [subject, accuracy] as const).sort(([a], [b]) => a.localeCompare(b));

export const endOfSimulated = (
  { outcome, model, rounds, personal }: SimulationResult,
  { personalises }: { readonly personalises: boolean },
): Ended => ({
  reason: "reason" in outcome ? outcome.reason : undefined,
  digest: model.digest,
  accuracies: rounds.map(({ evaluation }) => evaluation?.accuracy),
  sentBytes: rounds.map(({ sentBytes }) => sentBytes),
  sentModelBytes: rounds.map(({ sentModelBytes }) => sentModelBytes),
  ofUpdates: rounds.map(({ updateEvaluations }) => sorted(updateEvaluations)),
  ofWorkers: rounds.map(({ validation, personalisation }) => [validation, personalisation]),
  refusals: rounds.map(({ refusals }) => refusedIn(refusals)),
  personal: Object.fromEntries((personalises ? [...personal] : []).map(([worker, set]) => [worker, digestOfSet(set)])),
});

const refusedIn = (refusals: readonly { readonly worker: string; readonly code: string }[]): string[] =>
  refusals.map(({ worker, code }) => `${worker} ${code}`).sort();

const digestOfSet = (set: ParameterSet): string => hex(digestOf(encodeParameters(set)));

/** The models that workers made of the last global one, as the command writes them. */
async function madeOf(folder: string, workers: readonly string[], job: string) {
  const models = await Promise.all(
    workers.map(async (worker) => {
      const out = join(folder, `${job}-${worker}.safetensors`);
      const args = ["model", "personal", job, "--state-dir", join(folder, "state", worker), "--output", out];
      const { exitCode, output } = await tributary(args, folder);
      if (exitCode !== 0 && output.includes("no model of job")) return [];
      return [
        [worker, digestOfSet(loadParameters(namedModel("lenet5"), decodeSafetensors(await readFile(out))))] as const,
      ];
    }),
  );
  return Object.fromEntries(models.flat());
}

/** What is compared of a deployed job, when it ended. */
export async function endOfDeployed(
  client: TributaryClient,
  id: string,
  { folder, workers, personalises }: { folder: string; workers: readonly string[]; personalises: boolean },
): Promise<Ended> {
  const { model, reason } = await ending(client, id);
  const rounds = await client.jobs.rounds(id);
  return {
    reason: reason ?? undefined,
    digest: model?.digest,
    accuracies: rounds.map(({ evaluation }) => evaluation?.accuracy),
    sentBytes: rounds.map(({ updates }) => updates.reduce((sum, { sentBytes }) => sum + sentBytes, 0)),
    sentModelBytes: rounds.map(({ model }) => model?.sentBytes),
    ofUpdates: rounds.map(({ updateEvaluations }) => sorted(updateEvaluations)),
    ofWorkers: rounds.map(({ validation, personalisation }) => [validation ?? undefined, personalisation ?? undefined]),
    refusals: rounds.map(({ refusals }) => refusedIn(refusals)),
    personal: personalises ? await madeOf(folder, workers, id) : {},
  };
}

/** A job as it is when it ended, or stands still. */
export async function ending(client: TributaryClient, id: string): Promise<JobView> {
  for await (const notice of client.watch(id)) if (notice.type === "job" && notice.data.status === "paused") break;
  return client.jobs.get(id);
}
