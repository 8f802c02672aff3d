import { checkJobSpec, type StrategySpec, strategies, strategyOf, wrappers } from "@tributary/federation";

/** Settings with which a rule works for three workers and the network of the small job, where those of its example ask for more. */
const settings: Readonly<Record<string, object>> = {
  krum: { byzantine: 0 },
  "multi-krum": { byzantine: 0, select: 1 },
  bulyan: { byzantine: 0 },
  "trimmed-mean": { trim: 1 },
  fedper: { localParameters: ["3.*"] },
  fedbn: { localParameters: ["1.*"] },
  fedbuff: { bufferSize: 2 },
};

/** Every strategy and wrapper, so that a new one is here without being named. */
export const strategiesForThree: readonly {
  readonly kind: string;
  readonly strategy: StrategySpec;
  /** Whether its jobs have no rounds to wait for. */
  readonly isAsynchronous: boolean;
}[] = [...strategies, ...wrappers].map(({ kind, example }) => {
  const spec = { model: "lenet5", dataset: "mnist", strategy: { kind, ...example, ...settings[kind] } };
  const { strategy } = checkJobSpec(spec);
  return { kind, strategy, isAsynchronous: strategyOf({ strategy }).asynchronous !== undefined };
});
