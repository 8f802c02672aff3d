// Prints a JobSpec whose network uses the operator: node docs/guides/own-operators/job.mjs > job.json

import { BatchNorm1d, Flatten, Linear, loadPlugin, Module, trace } from "@tributary/nn";

await loadPlugin(new URL("binarize.mjs", import.meta.url));

class Binarized extends Module {
  flatten = new Flatten();
  fc1 = new Linear(784, 64);
  norm = new BatchNorm1d(64);
  fc2 = new Linear(64, 10);

  forward(x) {
    const hidden = this.norm.forward(this.fc1.forward(this.flatten.forward(x)));
    return this.fc2.forward(hidden.apply("acme.binarize", { attributes: { limit: 1 } }));
  }
}

const job = {
  name: "binarized",
  model: { graph: trace(new Binarized(), [1, 28, 28]) },
  dataset: "mnist",
  rounds: 3,
  training: { maxBatches: 50, learningRate: 0.05 },
  cohort: { minimum: 2, quorum: 2 },
  evaluation: { every: 0 },
};
console.log(JSON.stringify(job));
