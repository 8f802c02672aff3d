import { hand, program } from "../hand-over.mjs";
import { createReport } from "../report.mjs";
import { setUp } from "../set-up.mjs";
import { main } from "./main.mjs";

/** `npm run tributary -- …`: the `tributary` command out of a clone. Only stderr hears of a set-up that was needed. */
await main("tributary", async () => {
  await setUp(createReport({ stream: process.stderr, quiet: true }));
  return hand(program.tributary, process.argv.slice(2));
});
