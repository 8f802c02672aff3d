import { randomInt } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Runner } from "./scenarios/runner.js";
import { scenarioTable } from "./scenarios/table.js";

/** Another one each time, and told, so that a failure can be had again: `npm run faults -- --seed N`. */
const seed = randomInt(1_000_000);
const scenarios = scenarioTable({ seed, moments: 1 }).filter(({ short }) => short === true);

describe(`a federation under faults, reduced form, seed ${seed}`, () => {
  let runner: Runner;
  beforeAll(async () => {
    runner = await Runner.open();
  });
  afterAll(() => runner?.close());

  for (const [index, scenario] of scenarios.entries())
    it(`${scenario.group}: ${scenario.name}: the job ends by itself, with the undisturbed run's bytes`, async () => {
      const { sameDigest, wrong } = await runner.run(scenario, seed + index);
      // Undefined: there is none to compare.
      expect({ sameDigest: sameDigest ?? true, wrong }).toEqual({ sameDigest: true, wrong: [] });
    });
});
