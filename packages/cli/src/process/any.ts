import { program } from "../program.js";
import { runCommand } from "./run-command.js";

// A process of whichever command is called.
await runCommand(program(process.argv[2]));
