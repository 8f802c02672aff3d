import { hand, program } from "../hand-over.mjs";
import { createReport } from "../report.mjs";
import { setUp } from "../set-up.mjs";
import { main } from "./main.mjs";

/** `npm run faults`: stdout is the table alone. */
await main("faults", async () => {
  await setUp(createReport({ stream: process.stderr, quiet: true }));
  return hand(program.faults, process.argv.slice(2));
});
