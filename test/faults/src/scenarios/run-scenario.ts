import {
  bufferSizeOf,
  checkJobSpec,
  holdoutOf,
  type JobSpecInput,
  strategyOf,
  trainingCount,
} from "@tributary/federation";
import { audit, auditVersions } from "../federation/audit.js";
import { auditJournal } from "../federation/audit-journal.js";
import type { Federation } from "../federation/federation.js";
import { samples, smallJob } from "../federation/small-job.js";
import type { Result, Run, Scenario } from "./scenario.js";

/** How long one job may take, disturbed, ms: a machine that is busy is no fault. */
const LIMIT_MS = 240_000;

/**
 * Runs a job with a scenario's faults, then the same job without any: in this order, so that the disturbed one finds nothing that the other
 * left. @throws Error when a job does not end; the federation is of no use then
 */
export async function runScenario(federation: Federation, scenario: Scenario, seed: number): Promise<Result> {
  const { group, name, faults = {} } = scenario;
  const small = smallJob(seed);
  const spec: Spec = { ...small, ...scenario.job, rounds: scenario.job?.rounds ?? small.rounds };
  const kills = federation.kills;
  for (const [process, queue] of Object.entries(faults)) federation.arm(process, queue);
  const disturbed = await runDisturbed(federation, spec, scenario);
  const killed = federation.kills - kills;
  const end = { rounds: spec.rounds, reason: "rounds", ...scenario.end };
  const wrong = [
    ...wrongWith(disturbed, spec, end),
    ...federation.waitingFaults.map((fault) => `${fault} did not happen`),
  ];
  for (const process of Object.keys(faults)) federation.arm(process, []);
  await federation.settled();
  const undisturbed = await runOver(federation, spec, () => federation.network.behave({}));
  wrong.push(...wrongWith(undisturbed, spec, end).map((sentence) => `undisturbed: ${sentence}`));
  const otherModels = isAsynchronous(spec)
    ? await againstJournals(federation, [disturbed, undisturbed], end.rounds)
    : againstEachOther(disturbed, undisturbed);
  const sameDigest = otherModels.length === 0;
  wrong.push(...otherModels);
  wrong.push(...(scenario.holds?.(disturbed, undisturbed) ?? []));
  const bytes = ({ traffic: { up, down } }: Run) => up + down;
  return {
    ...{ group, name, seed, sameDigest, kills: killed, wrong },
    secondsLost: disturbed.seconds - undisturbed.seconds,
    bytesRatio: bytes(disturbed) / bytes(undisturbed),
  };
}

/** What is wrong with the model: it must be that of the undisturbed run. */
const againstEachOther = (disturbed: Run, undisturbed: Run): string[] =>
  disturbed.job.model !== null && disturbed.job.model.digest === undisturbed.job.model?.digest
    ? []
    : ["the model is another one than that of the undisturbed run"];

/** The same of an asynchronous job, which depends on the order in which updates come: each model must be what its journal gives. */
async function againstJournals(federation: Federation, runs: readonly Run[], count: number): Promise<string[]> {
  await federation.settled();
  const wrong = await federation.readStopped(async (dataDir) => {
    const sentences: string[] = [];
    for (const { job } of runs) sentences.push(...(await auditJournal(dataDir, job.id, count)));
    return sentences;
  });
  await federation.settled();
  return wrong;
}

type Spec = JobSpecInput & { readonly rounds: number };

async function runDisturbed(federation: Federation, spec: Spec, { disturb }: Scenario): Promise<Run> {
  const over = new AbortController();
  let disturbing: Promise<void> | undefined;
  try {
    return await runOver(federation, spec, () => {
      federation.network.behave({});
      disturbing = Promise.resolve(disturb?.(federation, over.signal));
      // It is awaited below, when the job is over.
      disturbing.catch(() => {});
    });
  } finally {
    over.abort();
    await disturbing?.catch((error: unknown) => {
      if (!over.signal.aborted) throw error;
    });
    federation.network.heal();
  }
}

async function runOver(federation: Federation, spec: Spec, begin: () => void): Promise<Run> {
  begin();
  const outcome = await federation.run(spec, LIMIT_MS);
  const trainings = await federation.linesOfWorkers(
    (line) => line.includes(outcome.job.id) && line.includes('"msg":"trained"'),
  );
  return { ...outcome, traffic: { ...federation.network.traffic }, trainings };
}

function wrongWith({ job, rounds }: Run, spec: Spec, end: Required<Scenario>["end"]): string[] {
  if (job.status !== "completed") return [`the job ${job.status}: ${job.reason ?? "no reason given"}`];
  if (job.reason !== end.reason) return [`the job ended by ${job.reason}, not by ${end.reason}`];
  const buffer = bufferOf(spec);
  const trained = trainedOn(spec);
  return buffer === undefined ? audit(rounds, end.rounds, trained) : auditVersions(rounds, end.rounds, trained, buffer);
}

/** Samples that each worker trains on: all but those that it holds back. */
function trainedOn(spec: Spec): Readonly<Record<string, number>> {
  const holdout = holdoutOf(checkJobSpec(spec));
  return Object.fromEntries(Object.entries(samples).map(([worker, count]) => [worker, trainingCount(holdout, count)]));
}

/** Whether a job has no rounds to wait for: then its updates must be kept, to fold them again. */
export const isAsynchronous = (spec: JobSpecInput): boolean => bufferOf(spec) !== undefined;

/** Updates that make a version of an asynchronous job; undefined: it has rounds. */
function bufferOf(spec: JobSpecInput): number | undefined {
  const strategy = strategyOf(checkJobSpec(spec));
  return strategy.asynchronous && bufferSizeOf(strategy);
}
