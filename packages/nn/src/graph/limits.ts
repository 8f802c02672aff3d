/**
 * What a graph may have at most, so that checking one from outside takes bounded time and memory, and so that what is said
 * about it stays short.
 */
export const LIMITS = {
  nodes: 10_000,
  parameters: 100_000,
  /** Of the network; its outputs too. */
  inputs: 100,
  outputs: 100,
  /** Of one node. */
  nodeInputs: 1_000,
  nodeParameters: 100,
  attributes: 100,
  /** In an attribute that is a list. */
  numbers: 1_000,
  dimensions: 16,
  /** Of one value a sample, and of all parameters together: more can't be indexed by 32-bit integers. */
  elements: 2 ** 31 - 1,
  /** Characters. */
  nameLength: 256,
  /** Characters of a module's path. */
  pathLength: 1_000,
} as const;
