import { parseArgs } from "node:util";
import { randomSeed, report } from "./report.js";
import { Runner } from "./scenarios/runner.js";
import type { Result } from "./scenarios/scenario.js";
import { scenarioTable } from "./scenarios/table.js";
import { textTable } from "./text-table.js";

const usage = `npm run faults -- [--only TEXT] [--seed N] [--moments N] [--short] [--keep]

Runs every scenario of the fault table, or those whose "group: name" contains TEXT, and prints the table.
  --seed N      what the random moments and the chance of the network are drawn from; default: a new one, which is printed
  --moments N   how many random moments the coordinator is killed at; default 50
  --short       the reduced form, as in npm test
  --keep        keep the results as bench/results/faults.json; those of some rows, with --only or --short, in place of the same rows`;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** The processes of a federation end with this one. */
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", default: "" },
      seed: { type: "string" },
      moments: { type: "string", default: "50" },
      short: { type: "boolean", default: false },
      keep: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return say(usage);
  const seed = values.seed === undefined ? randomSeed() : Number(values.seed);
  say(`seed ${seed}`);
  const scenarios = scenarioTable({ seed, moments: Number(values.moments) }).filter(
    ({ group, name, short }) => `${group}: ${name}`.includes(values.only) && (!values.short || short === true),
  );
  if (scenarios.length === 0) throw new Error(`no scenario is called "${values.only}"`);
  const runner = await Runner.open();
  const results: Result[] = [];
  try {
    for (const [index, scenario] of scenarios.entries()) {
      const impossible = "impossible" in scenario ? scenario.impossible?.() : undefined;
      if (impossible !== undefined) {
        say(`${index + 1}/${scenarios.length} ${scenario.group}: ${scenario.name}: left out: ${impossible}`);
        continue;
      }
      const result = await runner
        .run(scenario, seed + index)
        .catch((error: unknown) => failure(scenario, seed + index, error));
      results.push(result);
      // What is done stays, also when somebody has no more time.
      if (values.keep) report(seed, results, values.only === "" && !values.short);
      say(
        `${index + 1}/${scenarios.length} ${result.group}: ${result.name}: ${result.wrong.join("; ") || `ok, ${result.secondsLost.toFixed(1)} s lost`}`,
      );
    }
  } finally {
    const failed = results.some(({ wrong }) => wrong.length > 0);
    await runner.close({ keep: failed });
    if (failed) say(`the logs are in ${runner.logs}`);
  }
  process.stdout.write(`${textTable(results)}\n`);
  if (results.some(({ wrong }) => wrong.length > 0)) process.exitCode = 1;
}

const failure = ({ group, name }: Pick<Result, "group" | "name">, seed: number, error: unknown): Result => ({
  ...{ group, name, seed, sameDigest: false, secondsLost: Number.NaN, kills: 0, bytesRatio: undefined },
  wrong: [error instanceof Error ? error.message : String(error)],
});

main().catch((error: unknown) => {
  say(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
