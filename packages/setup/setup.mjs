import { requireNode } from "./node-version.mjs";

requireNode();
import("./commands/setup.mjs");
