import { datasetNames } from "@tributary/data";
import { parseJobSpec } from "@tributary/federation";
import { namedModel, parseGraph } from "@tributary/nn";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { jobOf, modelsFor, type ProjectAnswers, projectNameOf, strategiesFor } from "./answers.js";
import { projectFiles } from "./project-files.js";

const ANSWERS = {
  ...{ name: "digits", dataset: "mnist", model: "lenet5", workers: 6, rounds: 12, strategy: "fedavg" },
} satisfies ProjectAnswers;
const lenet5 = namedModel("lenet5");

const textOf = (answers: ProjectAnswers, path: string): string =>
  projectFiles(answers, namedModel(answers.model), undefined).find((file) => file.path === path)?.content ?? "";

describe("job.yaml", () => {
  it.each(strategiesFor(ANSWERS, lenet5))("says what the job is, with %s", (strategy) => {
    const answers = { ...ANSWERS, strategy };
    expect(parseJobSpec(textOf(answers, "job.yaml"))).toEqual({ ...jobOf(answers, lenet5), model: "./model.json" });
  });

  it("offers strategies that the network and the workers are enough for", () => {
    expect(strategiesFor(ANSWERS, lenet5)).toEqual(expect.arrayContaining(["fedavg", "scaffold", "krum", "fedbuff"]));
    // The first looks for layers of other names, the second wants more updates.
    for (const missing of ["fedper", "bulyan"]) expect(strategiesFor(ANSWERS, lenet5)).not.toContain(missing);
    expect(strategiesFor({ ...ANSWERS, workers: 2 }, lenet5)).not.toContain("krum");
  });

  it("asks for the loss that the network's output is meant for", () => {
    const lossOf = (model: string) => parseJobSpec(textOf({ ...ANSWERS, model }, "job.yaml")).training.loss;
    expect([lossOf("pysyft-cnn"), lossOf("lenet5")]).toEqual(["nll", "cross-entropy"]);
  });

  it("is refused with the reason when its parts do not go together", () => {
    expect(() => jobOf({ ...ANSWERS, dataset: "cifar-10" }, lenet5)).toThrow("lenet5 takes [1,28,28]");
    expect(() => jobOf({ ...ANSWERS, strategy: "krum", workers: 2 }, lenet5)).toThrow("krum needs 5 workers");
    expect(() => jobOf({ ...ANSWERS, strategy: "fedper" }, lenet5)).toThrow(
      "no parameter of the network has such a name",
    );
  });
});

it("every data set has a network that takes its samples", () => {
  expect(Object.fromEntries(datasetNames.map((name) => [name, modelsFor(name)]))).toEqual({
    mnist: ["lenet5", "logistic", "mcmahan-2nn", "mcmahan-cnn", "pysyft-cnn"],
    "fashion-mnist": ["lenet5", "logistic", "mcmahan-2nn", "mcmahan-cnn", "pysyft-cnn"],
    "cifar-10": ["resnet-small"],
  });
});

it("model.json is the network, a line for each node and parameter", () => {
  const text = textOf(ANSWERS, "model.json");
  expect(parseGraph(JSON.parse(text))).toEqual(lenet5);
  const lines = text.split("\n");
  expect(lines.filter((line) => line.includes('"op"'))).toHaveLength(lenet5.nodes.length);
  expect(lines.filter((line) => line.includes('"initialiser"'))).toHaveLength(lenet5.parameters.length);
});

it("compose.yaml has a service and a volume for each worker", () => {
  const { services, volumes } = parse(textOf(ANSWERS, "compose.yaml"), { merge: true });
  const workers = ["worker-1", "worker-2", "worker-3", "worker-4", "worker-5", "worker-6"];
  expect(Object.keys(services)).toEqual([
    ...["coordinator", "train-shards", "test-shard", ...workers, "evaluator", "job"],
  ]);
  expect(Object.keys(volumes)).toEqual(expect.arrayContaining([...workers, "evaluator", "data", "shards", "models"]));
});

it(".env names the checkout of this machine, where there is one", () => {
  const files = projectFiles(ANSWERS, lenet5, "/opt/tributary");
  expect(files.find(({ path }) => path === ".env")?.content).toContain("TRIBUTARY_SOURCE='/opt/tributary'");
  expect(projectFiles(ANSWERS, lenet5, undefined).map(({ path }) => path)).not.toContain(".env");
});

it.each([
  ["My Digits!", "my-digits"],
  ["--", "project"],
  ["ÄÖÜ 2", "2"],
  ["a".repeat(50), "a".repeat(40)],
])("the folder %s makes the name %s", (folder, name) => expect(projectNameOf(folder)).toBe(name));
