import { requireNode } from "./node-version.mjs";

requireNode();
import("./commands/soak.mjs");
