import { readFileSync, writeFileSync } from "node:fs";
import { catalogue } from "@tributary/nn";
import { describe, expect, it } from "vitest";
import { type BackendName, backendNames } from "../backend/backend.js";
import { describeOnEachBackend, report } from "../testing/backends.js";
import { cases, golden } from "./cases.js";
import { farther } from "./compare.js";
import { featuresPage, type Result } from "./features.js";
import { prepared } from "./prepared.js";
import { evaluates, type Findings, hasStep, trains, trainsInSteps, wasRecorded, worst } from "./run.js";

/** What is farther from PyTorch's than allowed, and how many times as far. */
const tooFar = (findings: Findings): string[] =>
  [...findings]
    .filter(([, { share }]) => !(share <= 1))
    .map(([what, { share }]) => `${what}: ${share.toFixed(1)} times`);

describe("the golden cases", () => {
  it("are those that golden.py ran", () => {
    expect(golden.cases.map(({ name }) => name)).toEqual(cases.map(({ name }) => name));
  });

  it("have every op of the catalogue", () => {
    const ops = new Set(prepared.flatMap(({ graph }) => graph.nodes.map(({ op }) => op)));
    expect([...catalogue.keys()].filter((op) => !ops.has(op))).toEqual([]);
  });

  it("have PyTorch's parameters, in its order", () => {
    for (const { graph, golden } of prepared)
      expect(
        graph.parameters.map(({ name, shape }) => [name, shape]),
        graph.name,
      ).toEqual(Object.entries(golden.parameters));
  });
});

const results: Record<BackendName, Map<string, Result>> = { native: new Map(), wasm: new Map() };

describeOnEachBackend(`as PyTorch ${golden.torch} computes it`, (open) => {
  it.each(prepared)("$about.name", async (one) => {
    const backend = await open();
    const { name, evaluationOnly = false } = one.about;
    const evaluation = await evaluates(backend, one);
    const training = evaluationOnly ? undefined : await trains(backend, one);
    const steps = hasStep(one) ? await trainsInSteps(backend, one) : new Map();
    const recorded = hasStep(one) ? wasRecorded(backend, one) : undefined;
    results[backend.name].set(name, {
      evaluation: worst(evaluation),
      ...(training && { training: farther(worst(training), worst(steps)) }),
      ...(recorded !== undefined && { recorded }),
    });
    expect.soft(tooFar(evaluation), "evaluating").toEqual([]);
    expect.soft(tooFar(training ?? new Map()), "training").toEqual([]);
    expect.soft(tooFar(steps), "training by steps").toEqual([]);
    expect(recorded, "recorded").not.toBe(false);
  });
});

const page = new URL("../../../../docs/features.md", import.meta.url);
const isWriting = process.env.TRIBUTARY_WRITE_FEATURES === "1";
const lacking = backendNames.filter((name) => !report[name].works);

describe.skipIf(lacking.length > 0)(
  `docs/features.md${lacking.length > 0 ? ` (needs all backends; here without ${lacking})` : ""}`,
  () => {
    it("is what these tests found", ({ skip }) => {
      if (backendNames.some((name) => results[name].size < prepared.length)) skip("not every case was run");
      const found = featuresPage(prepared, results);
      if (isWriting) writeFileSync(page, found);
      // The last digits, and with them a power of ten, may differ from processor to processor.
      const stable = (text: string) => text.replace(/\b1e-?\d+/g, "near");
      expect(stable(readFileSync(page, "utf8"))).toBe(stable(found));
    });

    it("has a row for every op and no gap", () => {
      const text = readFileSync(page, "utf8");
      const [, operators = ""] = text.split("\n## ");
      const rows = operators.split("\n").filter((line) => line.startsWith("| `"));
      expect(rows.map((row) => row.split("`")[1])).toEqual([...catalogue.keys()]);
      // A "no" is to be seen, and to be meant: whoever mends or breaks an op changes this list.
      expect(text.split("\n").filter((line) => /\| (no|not compared|0) \|/.test(line))).toEqual([]);
    });
  },
);
