import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { checkJobSpec, parseJobSpec } from "./parse-job-spec.js";
import { fineTuningOf, personalisationSchema } from "./personalisation-spec.js";

const base = { model: "lenet5", dataset: "mnist", evaluation: { workers: {} } };

describe("docs/guides/personalise.md", () => {
  it("has a JobSpec that is right, and names every setting", async () => {
    const path = fileURLToPath(new URL("../../../../docs/guides/personalise.md", import.meta.url));
    const guide = await readFile(path, "utf8");
    const [, yaml = ""] = /```yaml\n(.*?)```/s.exec(guide) ?? [];
    expect(parseJobSpec(yaml).personalisation).toMatchObject({ epochs: 1, layers: ["fc*"] });
    for (const key of Object.keys(personalisationSchema.shape)) expect(guide).toContain(key);
  });
});

describe("a model of each worker's own", () => {
  it("needs samples that workers hold back to be compared on", () => {
    expect(() => checkJobSpec({ ...base, evaluation: {}, personalisation: {} })).toThrow("needs evaluation.workers");
    expect(() => checkJobSpec({ ...base, personalisation: {} })).not.toThrow();
  });

  it("is taken as it is only where a strategy keeps one", () => {
    const personalisation = { epochs: 0 };
    expect(() => checkJobSpec({ ...base, personalisation })).toThrow("fedavg keeps no model at the workers");
    expect(() => checkJobSpec({ ...base, personalisation, strategy: { kind: "ditto", lambda: 1 } })).not.toThrow();
  });

  it("is trained as the last round was, but for what is said otherwise", () => {
    const training = {
      ...{ batchSize: 16, learningRate: 0.2, momentum: 0.9 },
      schedule: { name: "exponential", gamma: 0.5 },
    } as const;
    const of = (personalisation: object) => {
      const spec = checkJobSpec({ ...base, rounds: 3, training, personalisation });
      if (spec.personalisation === undefined) throw new Error("it is there");
      return fineTuningOf(spec, spec.personalisation, 3);
    };
    const optimizer = { name: "sgd", momentum: 0.9 };
    expect(of({})).toMatchObject({ epochs: 1, batchSize: 16, optimizer, isScheduled: true });
    expect(of({ learningRate: 0.01, batchSize: 4, epochs: 5 })).toMatchObject({
      ...{ epochs: 5, batchSize: 4, learningRate: 0.01, optimizer, isScheduled: false },
    });
    expect(of({ optimizer: "adam" })).toMatchObject({ optimizer: { name: "adam" }, learningRate: 0.001 });
  });
});
