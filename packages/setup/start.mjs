import { requireNode } from "./node-version.mjs";

requireNode();
import("./commands/start.mjs");
