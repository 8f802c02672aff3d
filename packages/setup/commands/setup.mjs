import { createReport } from "../report.mjs";
import { setUp } from "../set-up.mjs";
import { main } from "./main.mjs";

/** Sets up and does nothing else; for images and editors. */
await main("setup", async () => {
  await setUp(createReport());
  return 0;
});
