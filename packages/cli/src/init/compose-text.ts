import type { ProjectAnswers } from "./answers.js";
import { workerNames } from "./worker-names.js";

/** The project's compose file: the whole federation on one machine, out of an image that is built of a checkout. */
export function composeText(answers: ProjectAnswers): string {
  const { name, dataset } = answers;
  const names = workerNames(answers);
  return `# A federation on one machine: a coordinator, ${names.length} workers that share ${dataset}, an evaluator, and the job of job.yaml.
#   docker compose build
#   docker compose run --rm job
#   docker compose down
# The exit code of the second is the job's, and the model is left in the volume \`models\`. \`docker compose up\` in its place shows what
# all of them say; its --exit-code-from would end as soon as the data is dealt out.
# The image is built of a checkout of Tributary: TRIBUTARY_SOURCE in .env is its folder.
name: ${name}

x-node: &node
  build:
    context: \${TRIBUTARY_SOURCE:?the folder of a checkout of Tributary}
  image: tributary:local
  init: true
  stop_grace_period: 10s

x-worker: &worker
  <<: *node
  depends_on:
    coordinator:
      condition: service_healthy
    test-shard:
      condition: service_completed_successfully
  environment:
    TRIBUTARY_COORDINATOR: http://coordinator:7300
    TRIBUTARY_JOIN_TOKEN_FILE: /keys/join/token
    TRIBUTARY_STATE_DIR: /state

services:
  coordinator:
    <<: *node
    command: [coordinator, --host, 0.0.0.0, --port, "7300", --data-dir, /data]
    environment:
      TRIBUTARY_JOIN_TOKEN_FILE: /keys/join/token
      TRIBUTARY_ADMIN_TOKEN_FILE: /keys/admin/token
    # The dashboard and the API, for this machine only.
    ports: ["127.0.0.1:7300:7300"]
    volumes: ["data:/data", "join-key:/keys/join", "admin-key:/keys/admin"]
    healthcheck:
      test: [CMD, node, -e, "fetch('http://127.0.0.1:7300/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
      interval: 2s
      timeout: 3s
      retries: 30
      start_period: 10s

  # Deal the data set out: the train part to the workers, the test part to the evaluator. --dirichlet ${names.length}:0.5 deals out less evenly.
  train-shards:
    <<: *node
    command: [data, partition, --dataset, ${dataset}, --data-dir, /state/datasets, --iid, "${names.length}", --names, "${names.join(",")}", --out, /state/shards]
    volumes: ["shards:/state"]
  test-shard:
    <<: *node
    command: [data, partition, --dataset, ${dataset}, --data-dir, /state/datasets, --split, test, --iid, "1", --names, evaluator, --out, /state/shards]
    depends_on:
      train-shards:
        condition: service_completed_successfully
    volumes: ["shards:/state"]
${names.map((worker) => serviceOf(worker, "train")).join("")}${serviceOf("evaluator", "evaluate")}
  job:
    <<: *node
    command: [job, submit, /project/job.yaml, --watch, --output, /models/${name}.safetensors]
    depends_on:
      coordinator:
        condition: service_healthy
${[...names, "evaluator"].map((worker) => `      ${worker}:\n        condition: service_started\n`).join("")}    environment:
      TRIBUTARY_COORDINATOR: http://coordinator:7300
      TRIBUTARY_TOKEN_FILE: /keys/admin/token
    volumes: [".:/project:ro", "admin-key:/keys/admin:ro", "models:/models"]

volumes:
${["data", "join-key", "admin-key", "shards", ...names, "evaluator", "models"].map((volume) => `  ${volume}: {}\n`).join("")}`;
}

const serviceOf = (name: string, role: "train" | "evaluate"): string => `
  ${name}:
    <<: *worker
    command: [worker, --name, ${name}, --role, ${role}, --data, /dealt/shards/${name}]
    volumes: ["join-key:/keys/join:ro", "shards:/dealt:ro", "${name}:/state"]
`;
