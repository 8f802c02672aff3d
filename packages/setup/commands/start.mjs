import { hand, program } from "../hand-over.mjs";
import { createReport } from "../report.mjs";
import { setUp } from "../set-up.mjs";
import { main } from "./main.mjs";

/** `npm start`: sets up and shows a federation that learns. */
await main("start", async () => {
  await setUp(createReport());
  return hand(program.tributary, ["demo", ...process.argv.slice(2)]);
});
