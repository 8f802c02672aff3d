import type { Strategy } from "./strategy.js";

/** What a strategy asks for that the workers and the coordinator of this version do not carry out, each as a predicate. */
export const unmetDemands = ({ asynchronous, objective: { returns = [], personal } }: Strategy): string[] => [
  ...(asynchronous === undefined ? [] : ["works without rounds"]),
  ...(returns.length === 0 ? [] : ["asks workers for vectors besides their model"]),
  ...(personal === undefined ? [] : ["asks workers for a model of their own"]),
];
