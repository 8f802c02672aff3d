import { browserTests } from "../checks.mjs";
import { createReport } from "../report.mjs";
import { setUp } from "../set-up.mjs";
import { main } from "./main.mjs";

/** `npm run test:browser`: sets up, then drives the dashboard in a real browser; pictures of each view are left for people. */
await main("test-browser", async () => {
  const report = createReport();
  await setUp(report);
  const { ok, output } = await report.step(browserTests.doing, () =>
    browserTests.run({ ...process.env, NO_COLOR: "1" }),
  );
  if (!ok) report.say(output.trimEnd());
  return ok ? 0 : 1;
});
