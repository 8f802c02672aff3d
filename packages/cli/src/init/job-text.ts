import type { JobSpec } from "@tributary/federation";
import { stringify } from "yaml";

/** The project's job.yaml, with a comment for what people change first. */
export function jobText(
  { name, dataset, seed, rounds, training, strategy, cohort, evaluation }: JobSpec,
  model: string,
): string {
  const quorum =
    cohort.quorum === undefined
      ? ""
      : `
  # Updates that make a round when the deadline passes: a vanished worker can't hold it up.
  quorum: ${cohort.quorum}`;
  return `# The training run: tributary job submit job.yaml --watch --output model.safetensors
# docs/job-spec.md of Tributary explains every setting; what is not here has its default.

# For people: shown in lists.
name: ${name}
# The network: a traced graph in a file, from this folder on, or a named model (\`tributary doctor\` lists them).
model: ${model}
# The data set that workers must hold; shards of your own have the name of \`tributary data partition --as\`.
dataset: ${dataset}
# Everything random is drawn from it: the same seed, shards and workers give the same model.
seed: ${seed}
# The last round.
rounds: ${rounds}

# What each worker does in a round.
training:
  # cross-entropy for a network that gives logits, nll for one that ends in log_softmax.
  loss: ${training.loss}
  # Samples a step.
  batchSize: ${training.batchSize}
  # Steps a round at most; without it, whole epochs.
  maxBatches: ${training.maxBatches}
  # Step size.
  learningRate: ${training.learningRate}

# How updates become the next global model: \`tributary strategies\` lists all, \`tributary strategies KIND\` the settings of one.
strategy:
${indented(stringify(strategy))}

# Who trains, and how long a round waits.
cohort:
  # Workers that must be there before a round begins.
  minimum: ${cohort.minimum}${quorum}
  # How long a round waits for updates.
  deadlineSeconds: ${cohort.deadlineSeconds}

# How the global model is scored: by workers with the role \`evaluate\`.
evaluation:
  # Rounds from one score to the next; 0: never.
  every: ${evaluation.every}

# What ends the job before its last round:
# stop:
#   accuracy: 0.99
`;
}

const indented = (text: string): string => text.trimEnd().replace(/^/gm, "  ");
