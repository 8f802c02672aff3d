import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseJobSpec } from "../job/parse-job-spec.js";
import { describeStrategies } from "./describe.js";
import { strategies, wrappers } from "./strategies.js";

const textOf = (path: string) => readFile(fileURLToPath(new URL(path, import.meta.url)), "utf8");

describe("the description of the strategies", () => {
  const described = describeStrategies();

  it("has all of them, each with its paper and a meaning for every setting", () => {
    expect(described.map(({ kind }) => kind)).toEqual([...strategies, ...wrappers].map(({ kind }) => kind));
    for (const { kind, about, settings } of described) {
      expect(about, kind).toMatch(/\(.+ \d{4}\)$/);
      for (const { key, meaning, allowed } of settings) expect([meaning, allowed], `${kind}.${key}`).not.toContain("");
    }
  });

  it("says what a setting allows, what it is without, and what is kept", () => {
    expect(described.find(({ kind }) => kind === "fedavgm")).toMatchObject({
      ...{ memory: "model", state: ["momentum"], objective: {}, least: 1, example: { kind: "fedavgm" } },
      settings: [
        { key: "weighting", allowed: '"samples" or "equal"', standard: '"samples"', required: false },
        { key: "serverLearningRate", allowed: "a number above 0, at most 1,000", standard: "1" },
        { key: "serverMomentum", allowed: "a number from 0 to 0.9999", standard: "0.9" },
      ],
    });
    expect(described.find(({ kind }) => kind === "bucketing")).toMatchObject({
      ...{ memory: "inner", settings: [{ key: "size", standard: "2" }] },
    });
  });
});

describe("docs/guides/write-a-strategy.md", () => {
  it("shows a strategy of under 60 lines as it is, and sections that are right", async () => {
    const [guide, file] = await Promise.all([
      textOf("../../../../docs/guides/write-a-strategy.md"),
      textOf("fedavgm.ts"),
    ]);
    expect(guide).toContain(`\`\`\`ts\n${file}\`\`\``);
    expect(file.split("\n").length).toBeLessThan(60);
    const sections = [...guide.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = ""]) => yaml);
    expect(sections.length).toBeGreaterThan(1);
    for (const yaml of sections) expect(() => parseJobSpec(`model: lenet5\ndataset: mnist\n${yaml}`)).not.toThrow();
  });
});
