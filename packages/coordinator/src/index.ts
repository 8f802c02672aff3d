export { type Coordinator, startCoordinator } from "./coordinator.js";
export type { Tokens } from "./data-folder/tokens.js";
export type { CoordinatorOptions, Limits } from "./options.js";
