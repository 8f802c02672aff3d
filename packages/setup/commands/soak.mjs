import { hand, program } from "../hand-over.mjs";
import { createReport } from "../report.mjs";
import { setUp } from "../set-up.mjs";
import { main } from "./main.mjs";

/** `npm run soak`: stdout is the result alone. */
await main("soak", async () => {
  await setUp(createReport({ stream: process.stderr, quiet: true }));
  return hand(program.soak, process.argv.slice(2));
});
