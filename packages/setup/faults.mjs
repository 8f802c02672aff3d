import { requireNode } from "./node-version.mjs";

requireNode();
import("./commands/faults.mjs");
