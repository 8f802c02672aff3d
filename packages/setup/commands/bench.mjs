import { hand, program } from "../hand-over.mjs";
import { createReport } from "../report.mjs";
import { setUp } from "../set-up.mjs";
import { main } from "./main.mjs";

/** `npm run bench -- NAME`: stdout is the benchmark's alone. */
await main("bench", async () => {
  await setUp(createReport({ stream: process.stderr, quiet: true }));
  return hand(program.bench, process.argv.slice(2));
});
