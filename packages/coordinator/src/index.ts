export { type BackupOptions, type BackupSummary, backup } from "./backup/backup.js";
export { type RestoreOptions, restore } from "./backup/restore.js";
export { type Coordinator, startCoordinator } from "./coordinator.js";
export { readAudit, type StoppedCoordinator } from "./data-folder/read-audit.js";
export type { Tokens } from "./data-folder/tokens.js";
export type { CoordinatorOptions, Limits } from "./options.js";
