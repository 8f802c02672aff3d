import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TributaryClient } from "@tributary/client";
import { type JobView, type PersonalisationView, personalModelIn, type ValidationView } from "@tributary/federation";
import { decodeSafetensors, loadParameters, namedModel } from "@tributary/nn";
import { decodeParameters, digestOf, encodeParameters, hex, type ParameterSet } from "@tributary/protocol";
import type { SimulationResult } from "@tributary/simulation";
import { tributary } from "../federation.js";

/** What is compared of a run. */
export interface Ended {
  readonly reason: string | undefined;
  readonly digest: string | undefined;
  readonly accuracies: readonly (number | undefined)[];
  /** By round, of all updates as they travelled. */
  readonly sentBytes: readonly number[];
  /** By round, of each update that was scored. */
  readonly ofUpdates: readonly (readonly [worker: string, accuracy: number])[][];
  /** By round, what workers that train say of the model, and of their own ones. */
  readonly ofWorkers: readonly (readonly [ValidationView | undefined, PersonalisationView | undefined])[];
  /** Who scored nothing, and why, by round. */
  readonly refusals: readonly string[][];
  /** Digests of the workers' own models, by worker. */
  readonly personal: Readonly<Record<string, string>>;
}

const sorted = (scores: readonly { readonly subject: string; readonly accuracy: number }[]) =>
  scores.map(({ subject, accuracy }) => [subject, accuracy] as const).sort(([a], [b]) => a.localeCompare(b));

export const endOfSimulated = ({ outcome, model, rounds, personal }: SimulationResult): Ended => ({
  reason: "reason" in outcome ? outcome.reason : undefined,
  digest: model.digest,
  accuracies: rounds.map(({ evaluation }) => evaluation?.accuracy),
  sentBytes: rounds.map(({ sentBytes }) => sentBytes),
  ofUpdates: rounds.map(({ updateEvaluations }) => sorted(updateEvaluations)),
  ofWorkers: rounds.map(({ validation, personalisation }) => [validation, personalisation]),
  refusals: rounds.map(({ refusals }) => refusedIn(refusals)),
  personal: Object.fromEntries([...personal].map(([worker, set]) => [worker, digestOfSet(set)])),
});

const refusedIn = (refusals: readonly { readonly worker: string; readonly code: string }[]): string[] =>
  refusals.map(({ worker, code }) => `${worker} ${code}`).sort();

const digestOfSet = (set: ParameterSet): string => hex(digestOf(encodeParameters(set)));

/** The models of their own that workers keep with the update of a job's last round, in their state folders. */
async function keptOf(folder: string, workers: readonly string[], job: string, round: number) {
  const models = await Promise.all(
    workers.map(async (worker) => {
      const of = hex(digestOf(Buffer.from(job))).slice(0, 32);
      const file = await readFile(join(folder, "state", worker, "vectors", of, `${round}.1`)).catch(() => undefined);
      // The digest and the line's end stand before the parameter set.
      const own = file && personalModelIn(decodeParameters(file.subarray(65)));
      return own ? [[worker, digestOfSet(own)] as const] : [];
    }),
  );
  return Object.fromEntries(models.flat());
}

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
    ofUpdates: rounds.map(({ updateEvaluations }) => sorted(updateEvaluations)),
    ofWorkers: rounds.map(({ validation, personalisation }) => [validation ?? undefined, personalisation ?? undefined]),
    refusals: rounds.map(({ refusals }) => refusedIn(refusals)),
    personal: await (personalises ? madeOf : keptOf)(folder, workers, id, rounds.length),
  };
}

/** A job as it is when it ended, or stands still. */
export async function ending(client: TributaryClient, id: string): Promise<JobView> {
  for await (const notice of client.watch(id)) if (notice.type === "job" && notice.data.status === "paused") break;
  return client.jobs.get(id);
}
