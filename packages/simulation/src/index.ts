export { parametersIn, writeParameters } from "./aggregator/vector.js";
export type { SimulatedRound, SimulationOutcome, SimulationResult } from "./report.js";
export type { Behaviour, Place, Seen } from "./run/behaviour.js";
export type { TrainingDuration, VirtualShard } from "./run/virtual-worker.js";
export { type SimulationOptions, simulate, virtualShards } from "./simulate.js";
