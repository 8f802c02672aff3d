export { postgresModule } from "./store/postgres-module.js";
