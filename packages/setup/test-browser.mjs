import { requireNode } from "./node-version.mjs";

requireNode();
import("./commands/test-browser.mjs");
