import { requireNode } from "./node-version.mjs";

requireNode();
import("./commands/fuzz.mjs");
