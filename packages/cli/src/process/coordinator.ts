import { coordinator } from "../commands/coordinator.js";
import { root } from "../root.js";
import { runCommand } from "./run-command.js";

// A coordinator's process. `scripts/bundle.mjs` makes one file of this one and all that it imports.
await runCommand(root([coordinator()]));
