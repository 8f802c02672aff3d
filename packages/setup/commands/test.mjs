import { checks } from "../checks.mjs";
import { logFile } from "../log.mjs";
import { pythonWithTorch } from "../python.mjs";
import { createReport } from "../report.mjs";
import { setUp } from "../set-up.mjs";
import { line, sum } from "../vitest-report.mjs";
import { main } from "./main.mjs";

/** `npm test`: sets up, then makes every check, also after one that failed. The last line is the totals of the tests. */
await main("test", async () => {
  const report = createReport();
  await setUp(report);
  const python = await pythonWithTorch(report);
  // What the tools print goes to a log first, where colours are noise.
  const env = { ...process.env, NO_COLOR: "1", ...(python === undefined ? {} : { TRIBUTARY_PYTHON: python }) };

  const results = [];
  for (const check of checks) {
    const result = await report.step(check.doing, () => check.run(env));
    if (!result.ok) report.say(result.output.trimEnd());
    results.push(result);
  }

  const failed = results.filter(({ ok }) => !ok).length;
  report.say(
    failed === 0 ? "every check passed" : `${failed} of ${results.length} checks failed; details: ${logFile()}`,
  );
  report.say(`tests: ${line(sum(results.flatMap(({ totals }) => totals ?? [])))}`);
  return failed === 0 ? 0 : 1;
});
