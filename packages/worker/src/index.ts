export type { WorkerOptions } from "./options.js";
export { type KeptPersonalModel, PersonalModels } from "./state/personal-models.js";
export { software } from "./version.js";
export { runWorker } from "./worker.js";
