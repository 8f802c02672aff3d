import { hand } from "../hand-over.mjs";
import { createReport } from "../report.mjs";
import { setUp } from "../set-up.mjs";
import { tutorialNames, tutorialProgram } from "../tutorials.mjs";
import { main } from "./main.mjs";

/** `npm run tutorial -- NAME [--short]`: stdout is the tutorial's alone. Without a name it lists them. */
await main("tutorial", async () => {
  const [name, ...args] = process.argv.slice(2);
  if (name === undefined) {
    console.log(["npm run tutorial -- NAME [--short]", ...tutorialNames().map((each) => `  ${each}`)].join("\n"));
    return 0;
  }
  const program = tutorialProgram(name);
  await setUp(createReport({ stream: process.stderr, quiet: true }));
  return hand(program, args);
});
