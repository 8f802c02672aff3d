// Preloaded with NODE_OPTIONS=--import: what processes print that a process of a test starts in its turn is kept in the folder
// TRIBUTARY_WATCHED.
import { isMainThread } from "node:worker_threads";
import { watchChildren } from "./watch-children.js";

const folder = process.env.TRIBUTARY_WATCHED;
if (folder !== undefined && isMainThread) watchChildren(folder);
