import { type JobChanges, parseJobChanges } from "@tributary/federation";
import { type Command, InvalidArgumentError, Option } from "commander";
import { offering } from "./completion/offered.js";

/** Takes a setting away that a job need not have. A parser of commander can't give null. */
const NONE = "none";

/** Settings to change, as they are given on the command line. */
export interface ChangeFlags {
  readonly rounds?: number;
  readonly deadline?: number;
  readonly quorum?: number | typeof NONE;
  readonly minimum?: number;
  readonly wait?: number;
  readonly attempts?: number;
  readonly retries?: number;
  readonly selection?: string;
  readonly candidates?: number;
  readonly exclude?: { readonly refusals: number; readonly rounds: number } | typeof NONE;
  readonly accuracy?: number | typeof NONE;
  readonly loss?: number | typeof NONE;
  readonly patience?: number | typeof NONE;
  readonly patienceMetric?: string;
  readonly patienceDelta?: number;
  readonly wallClock?: number | typeof NONE;
  readonly budgetBytes?: number | typeof NONE;
  readonly personalisationDeadline?: number;
}

/** Of a command that changes a job's settings. */
export const withChangeOptions = (command: Command): Command =>
  command
    .option("--rounds <n>", "the last round", number)
    .option("--deadline <seconds>", "how long a round waits for updates", number)
    .option("--quorum <n>", "least updates that make a round, or none", numberOrNone)
    .option("--minimum <n>", "workers that must be there before a round begins", number)
    .option("--wait <seconds>", "how long a round waits for enough workers", number)
    .option("--attempts <n>", "how often a round is tried before the job stops", number)
    .option("--retries <n>", "how often it then goes on by itself", number)
    .addOption(
      offering(
        new Option(
          "--selection <kind>",
          "how workers are drawn: uniform, samples, roundRobin or powerOfChoice, or none",
        ),
        ["uniform", "samples", "roundRobin", "powerOfChoice", NONE],
      ),
    )
    .option("--candidates <n>", "of powerOfChoice", number)
    .option(
      "--exclude <refusals/rounds>",
      "after how many refusals a worker is left out, for how long; or none",
      exclusion,
    )
    .option("--accuracy <share>", "end the job at this accuracy, 0 to 1, or none", numberOrNone)
    .option("--loss <n>", "end the job at this loss, or none", numberOrNone)
    .option("--patience <rounds>", "end the job when so many rounds are no better than the best, or none", numberOrNone)
    .addOption(
      offering(new Option("--patience-metric <score>", "which score that is: accuracy or loss"), ["accuracy", "loss"]),
    )
    .option("--patience-delta <n>", "what is better by no more is no better", number)
    .option("--wall-clock <seconds>", "end the job when it has run so long, or none", numberOrNone)
    .option("--budget-bytes <n>", "end the job when so many bytes are spent, or none", numberOrNone)
    .option("--personalisation-deadline <seconds>", "how long the job waits for the workers' own models", number);

/** What the flags ask for. @throws TributaryError `invalid_job_spec` naming the setting that is wrong */
export function changesOf(flags: ChangeFlags): JobChanges {
  const { rounds, retries, deadline, wait, attempts, quorum, minimum, exclude, personalisationDeadline } = flags;
  const { accuracy, loss, wallClock, budgetBytes } = flags;
  const waits = { deadlineSeconds: deadline, waitSeconds: wait, maxAttempts: attempts };
  return parseJobChanges(
    given({
      ...{ rounds, maxRetries: retries },
      cohort: given({ ...waits, quorum, minimum, selection: selectionIn(flags), exclusion: exclude }),
      stop: given({ accuracy, loss, patience: patienceIn(flags), wallClockSeconds: wallClock, budgetBytes }),
      personalisation: given({ deadlineSeconds: personalisationDeadline }),
    }),
  );
}

const selectionIn = ({ selection, candidates }: ChangeFlags) =>
  selection === NONE ? NONE : given({ kind: selection, candidates });

const patienceIn = ({ patience, patienceMetric, patienceDelta }: ChangeFlags) =>
  patience === NONE ? NONE : given({ rounds: patience, metric: patienceMetric, minimumDelta: patienceDelta });

/** What is given of it, "none" as null; undefined: nothing is. */
function given(fields: Readonly<Record<string, unknown>>): object | undefined {
  const entries = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, value === NONE ? null : value]);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("a number is wanted.");
  return value;
}

const numberOrNone = (text: string): number | typeof NONE => (text === NONE ? NONE : number(text));

function exclusion(text: string): ChangeFlags["exclude"] {
  if (text === NONE) return NONE;
  const [refusals, rounds, ...more] = text.split("/").map(number);
  if (refusals === undefined || rounds === undefined || more.length > 0)
    throw new InvalidArgumentError('refusals/rounds, as 3/10, or "none" is wanted.');
  return { refusals, rounds };
}
