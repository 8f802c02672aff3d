export { type BackupOptions, type BackupSummary, backup } from "./backup/backup.js";
export { type RestoreOptions, restore } from "./backup/restore.js";
export { type Coordinator, startCoordinator } from "./coordinator.js";
export type { Tokens } from "./data-folder/tokens.js";
export type { CoordinatorOptions, Limits } from "./options.js";
