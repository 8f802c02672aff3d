export { runTwin, type TwinOptions, type TwinResult } from "./demo/twin.js";
export { LocalFederation, type LocalFederationOptions, type LocalWorkerOptions } from "./local/local-federation.js";
export { commandFile, type Exit, type NodeProcess, startNode } from "./local/node-process.js";
export { program } from "./program.js";
