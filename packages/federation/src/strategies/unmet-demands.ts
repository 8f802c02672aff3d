import type { Strategy } from "./strategy.js";

/** What a strategy asks for that the workers and the coordinator of this version do not carry out, each as a predicate. */
export const unmetDemands = ({ asynchronous }: Strategy): string[] => [
  ...(asynchronous === undefined ? [] : ["works without rounds"]),
];
