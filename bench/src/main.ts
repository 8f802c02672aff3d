import { Command } from "commander";
import { aggregation } from "./aggregation.js";
import { codecs } from "./codecs.js";
import { coordinatorMemory } from "./coordinator-memory.js";
import { inference } from "./inference.js";
import { localTraining } from "./local-training.js";
import { paper } from "./paper.js";
import { pysyftTwin } from "./pysyft-twin.js";
import { recovery } from "./recovery.js";
import { robust } from "./robust.js";
import { roundOverhead } from "./round-overhead.js";
import { simulation } from "./simulation.js";
import { stepMemory } from "./step-memory.js";
import { viewers } from "./viewers.js";

const program = new Command("bench")
  .description("Benchmarks: progress on stderr, one JSON object as the last line of stdout")
  .showHelpAfterError();
for (const command of [
  aggregation,
  localTraining,
  inference,
  stepMemory,
  roundOverhead,
  coordinatorMemory,
  recovery,
  viewers,
  robust,
  codecs,
  simulation,
  paper,
  pysyftTwin,
])
  program.addCommand(command());

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
