import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { checkJobSpec, parseJobSpec } from "./parse-job-spec.js";
import { selectionSchema } from "./selection-spec.js";
import { stopSchema } from "./stop-spec.js";

const specWith = (changes: object) => () => checkJobSpec({ model: "lenet5", dataset: "mnist", ...changes });

describe("docs/guides/selection-and-stopping.md", () => {
  it("has sections that are right, and names every rule and every setting", async () => {
    const path = fileURLToPath(new URL("../../../../docs/guides/selection-and-stopping.md", import.meta.url));
    const guide = await readFile(path, "utf8");
    const sections = [...guide.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = ""]) => yaml);
    expect(sections).toHaveLength(5);
    for (const yaml of sections) expect(() => parseJobSpec(`model: lenet5\ndataset: mnist\n${yaml}`)).not.toThrow();
    for (const { shape } of selectionSchema.options) expect(guide).toContain(`| \`${shape.kind.value}\``);
    for (const key of Object.keys(stopSchema.shape)) expect(guide).toContain(`| \`stop.${key}\``);
  });
});

describe("a selection", () => {
  it("needs as many candidates as are asked", () => {
    const cohort = { size: 10, overSelection: 1.3, selection: { kind: "powerOfChoice", candidates: 12 } };
    expect(specWith({ cohort })).toThrow("cohort.selection.candidates: must be at least 13: so many workers are asked");
    expect(specWith({ cohort: { ...cohort, selection: { kind: "powerOfChoice", candidates: 13 } } })).not.toThrow();
  });

  it("is of a kind that there is", () => {
    expect(specWith({ cohort: { selection: { kind: "best" } } })).toThrow("cohort.selection");
    expect(specWith({ cohort: { tags: ["two words"] } })).toThrow("cohort.tags");
  });
});

describe("a stop by a score", () => {
  it.each([{ loss: 0.1 }, { patience: { rounds: 3 } }])("needs evaluations: %j", (stop) => {
    expect(specWith({ stop, evaluation: { every: 0 } })).toThrow("needs evaluation.every above 0");
    expect(specWith({ stop })).not.toThrow();
  });
});
