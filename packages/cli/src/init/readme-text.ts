import type { ProjectAnswers } from "./answers.js";
import { workerNames } from "./worker-names.js";

const JOIN = "--join-token-file .tributary/coordinator/join-token";

/** The project's README.md. */
export function readmeText(answers: ProjectAnswers, network: string): string {
  const { name, dataset, workers, rounds } = answers;
  const names = workerNames(answers);
  return `# ${name}

A federation of Tributary: ${workers} workers train ${network} on ${dataset} for ${rounds} rounds, and none of them shows its samples to
anybody.

| file | what it is |
| --- | --- |
| \`job.yaml\` | the training run: change it first |
| \`model.json\` | the network, as \`JSON.stringify(trace(module, shape))\` of \`@tributary/nn\` writes it |
| \`compose.yaml\` | the federation on one machine |
| \`.env.example\` | what \`compose.yaml\` wants to know; \`.env\` has it for this machine and is not committed |

## In this process, to try the job
\`\`\`sh
tributary simulate job.yaml --workers ${workers} --evaluate
\`\`\`

## With Docker
\`\`\`sh
cp -n .env.example .env        # and name the folder of a checkout of Tributary in it: the image is built of that
docker compose build
docker compose run --rm job    # the dashboard is at http://127.0.0.1:7300 meanwhile
docker compose down
\`\`\`
The model is left in the volume \`models\`.

## As processes
The coordinator and the workers run until they are stopped, in a terminal each:
\`\`\`sh
tributary data partition --dataset ${dataset} --iid ${workers} --names ${names.join(",")} --out shards
tributary data partition --dataset ${dataset} --split test --iid 1 --names evaluator --out shards
tributary coordinator
${names.map((worker) => `tributary worker ${JOIN} --name ${worker} --data shards/${worker}`).join("\n")}
tributary worker ${JOIN} --name evaluator --role evaluate --data shards/evaluator
tributary job submit job.yaml --watch --output model.safetensors --token-file .tributary/coordinator/admin-token
\`\`\`

## With data of your own
Each site writes a shard, \`tributary data partition --csv FILE --label COLUMN --iid 1 --as NAME\` or with \`--npy\` or \`--images\`, and starts a
worker beside it. \`dataset: NAME\` in \`job.yaml\` asks for it, and the network must take samples of its shape:
\`tributary data show shards/…\` and \`tributary model show model.json\` say which.
`;
}
