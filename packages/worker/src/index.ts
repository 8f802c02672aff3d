export type { WorkerOptions } from "./options.js";
export { software } from "./version.js";
export { runWorker } from "./worker.js";
