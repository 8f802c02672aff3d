// Engines run the built package, so that their threads are loaded as installed ones are.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { attackers } from "./attacks.js";
import { keepCell, keptCells } from "./kept-cells.js";
import { runCell } from "./run-cell.js";
import type { Cell, CellResult } from "./table.js";

const quick: Cell = {
  key: "quick",
  partition: { kind: "iid", shards: 300 },
  model: "logistic",
  job: {
    rounds: 3,
    training: { epochs: 2, batchSize: 20, learningRate: 0.03 },
    cohort: { size: 5 },
    evaluation: { every: 2 },
  },
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-papers-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a cell of a paper's table", () => {
  it("is run in the simulation, and what was scored so far is kept", async () => {
    const soFar: CellResult[] = [];
    const result = await runCell("test", quick, {
      ...{ engines: 1, backend: "wasm" },
      onScore(score) {
        keepCell(score, folder);
        soFar.push(keptCells("test", folder).get("quick")?.result ?? score);
      },
    });
    expect(soFar.map(({ rounds, outcome }) => [rounds, outcome])).toEqual([
      [1, "stopped"],
      [3, "stopped"],
    ]);
    expect(result).toMatchObject({ backend: "wasm", rounds: 3, outcome: "rounds", refused: 0, seed: 1 });
    expect(Object.keys(result.accuracy)).toEqual(["1", "3"]);
    expect(result.accuracy[3]).toBeGreaterThan(0.7);
    keepCell(result, folder);
    expect([...keptCells("test", folder).values()].map((kept) => kept.result)).toEqual([result]);
  });

  it("ends early where it is asked to", async () => {
    const { rounds } = await runCell("test", quick, { engines: 1, backend: "wasm", rounds: 1 });
    expect(rounds).toBe(1);
    await expect(runCell("test", quick, { engines: 1, rounds: Number.NaN })).rejects.toMatchObject({
      code: "invalid_job_spec",
    });
  });

  it.each(["sign flip", "Gaussian", "a little is enough", "label flip"] as const)(
    "comes to less when most workers attack: %s",
    async (attack) => {
      const cell: Cell = {
        ...{ ...quick, key: attack, partition: { kind: "iid", shards: 100 } },
        job: { ...quick.job, rounds: 1, cohort: { size: 8 } },
      };
      const [clean, attacked] = [
        await runCell("test", cell, { engines: 1, backend: "wasm" }),
        await runCell(
          "test",
          { ...cell, behaviours: (shards, seed) => attackers(attack, 97, shards, seed) },
          { engines: 1, backend: "wasm" },
        ),
      ];
      expect(attacked.accuracy[1]).toBeLessThan((clean.accuracy[1] ?? 0) - 0.02);
    },
  );
});
