import { datasetFacts } from "@tributary/data";
import {
  checkFit,
  checkJobSpec,
  checkStrategy,
  type JobSpec,
  lossSpecOf,
  resolveModel,
  strategies,
  strategyOf,
  workersNeeded,
  wrappers,
} from "@tributary/federation";
import { type Graph, modelNames, namedModel } from "@tributary/nn";
import { didYouMean, TributaryError } from "@tributary/protocol";

/** What a project is made of. */
export interface ProjectAnswers {
  /** Of the job and of the project: `isProjectName` holds. */
  readonly name: string;
  /** A public data set. */
  readonly dataset: string;
  /** A named model, or the file of a traced graph. */
  readonly model: string;
  readonly workers: number;
  /** As `tributary strategies` lists them. */
  readonly strategy: string;
  readonly rounds: number;
}

export const MOST_WORKERS = 20;

const allStrategies = [...strategies, ...wrappers];

/** As `tributary strategies` lists them. */
export const strategyKinds: readonly string[] = allStrategies.map(({ kind }) => kind);

/** What Docker takes as the name of a project. */
export const isProjectName = (name: string): boolean => /^[a-z0-9][a-z0-9-]{0,39}$/.test(name);

/** A name out of that of a folder. */
export const projectNameOf = (folder: string): string =>
  folder
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 40)
    .replace(/-+$/, "") || "project";

/** The named models that take the samples of a public data set. */
export const modelsFor = (dataset: string): readonly string[] =>
  modelNames.filter((model) => succeeds(() => fitted({ dataset, rounds: 1 }, namedModel(model))));

/** The strategies that work with such a network and so many workers. */
export const strategiesFor = (answers: Omit<ProjectAnswers, "strategy" | "name">, graph: Graph): readonly string[] =>
  strategyKinds.filter((strategy) => succeeds(() => jobOf({ ...answers, strategy, name: "project" }, graph)));

/**
 * The project's job.
 * @throws TributaryError `unknown_dataset`, `not_found` (the strategy), `invalid_job_spec`, `invalid_graph`, `shape_mismatch`
 */
export function jobOf({ name, dataset, workers, strategy, rounds }: ProjectAnswers, graph: Graph): JobSpec {
  const isAsynchronous = strategyOf(checkJobSpec({ model: "any", dataset, ...withStrategy(strategy) })).asynchronous;
  const spec = fitted(
    {
      ...{ name, dataset, rounds, ...withStrategy(strategy) },
      // An asynchronous job has no rounds that could close early.
      cohort: { minimum: workers, ...(isAsynchronous === undefined && { quorum: Math.ceil(workers / 2) }) },
    },
    graph,
  );
  if (workersNeeded(spec) > workers)
    throw new TributaryError("invalid_job_spec", `strategy ${strategy} needs ${workersNeeded(spec)} workers or more`, {
      hint: "Give more --workers, or another --strategy.",
    });
  return spec;
}

/** Rounds of a few seconds on one core, which learn MNIST well. */
const TRAINING = { batchSize: 32, maxBatches: 50, learningRate: 0.1 };

/** A job that trains such a network on such a data set. */
function fitted(spec: { readonly dataset: string; readonly [field: string]: unknown }, graph: Graph): JobSpec {
  const { dataset } = spec;
  const last = graph.nodes.find(({ name }) => name === graph.outputs[0]);
  const job = checkJobSpec({
    ...{ ...spec, model: { graph: { ...graph } }, evaluation: { every: 1 } },
    training: { loss: last?.op === "log_softmax" ? "nll" : "cross-entropy", ...TRAINING },
  });
  const resolved = resolveModel(job);
  checkStrategy(job, resolved);
  checkFit(resolved, lossSpecOf(job), { dataset, ...datasetFacts(dataset) });
  return job;
}

function withStrategy(kind: string) {
  const found = allStrategies.find((strategy) => strategy.kind === kind);
  if (found !== undefined) return { strategy: { kind, ...found.example } };
  throw new TributaryError(
    "not_found",
    `there is no strategy ${kind.slice(0, 60)}; ${didYouMean(kind, strategyKinds)}`,
    {
      hint: "List what there is: `tributary strategies`.",
    },
  );
}

function succeeds(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (error instanceof TributaryError) return false;
    throw error;
  }
}
