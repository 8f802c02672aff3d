import { catalogue } from "@tributary/nn";
import { describe, expect, it } from "vitest";
import { describeOnEachBackend } from "../testing/backends.js";
import { cases, golden, graphOf } from "./cases.js";
import { evaluates, type Findings, hasStep, wasRecorded, type Prepared, trains, trainsInSteps } from "./run.js";

const values = new Map(golden.cases.map((one) => [one.name, one]));
const prepared: readonly Prepared[] = cases.map((about) => {
  const one = values.get(about.name);
  if (one === undefined) throw new Error(`golden.json.gz has nothing for "${about.name}": run golden.py again`);
  return { about, graph: graphOf(about), golden: one };
});

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

  it.each(prepared)("$about.name has PyTorch's parameters, in its order", ({ graph, golden }) => {
    const found = graph.parameters.map(({ name, shape }) => [name, shape]);
    expect(found).toEqual(Object.entries(golden.parameters));
  });
});

describeOnEachBackend(`as PyTorch ${golden.torch} computes it`, (open) => {
  it.each(prepared)("$about.name", async (one) => {
    const backend = await open();
    expect.soft(tooFar(await evaluates(backend, one)), "evaluating").toEqual([]);
    if (one.about.evaluationOnly) return;
    expect.soft(tooFar(await trains(backend, one)), "training").toEqual([]);
    if (!hasStep(one)) return;
    expect.soft(tooFar(await trainsInSteps(backend, one)), "training in steps").toEqual([]);
    if (backend.name === "native") expect.soft(wasRecorded(backend, one), "recorded").toBe(true);
  });
});
