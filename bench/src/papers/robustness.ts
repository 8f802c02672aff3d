import type { JobSpecInput } from "@tributary/federation";
import { type Attack, attackers, attacks } from "./attacks.js";
import { type Cell, type CellResult, markdown, NOT_RUN, newest, type PaperTable, percent } from "./table.js";

/** Bulyan needs n ≥ 4f + 3: 10 workers would be too few for two attackers. */
const WORKERS = 11;
const ATTACKERS = 2;
const CLEAN = "clean";

interface Rule {
  readonly name: string;
  readonly strategy: NonNullable<JobSpecInput["strategy"]>;
}

const RULES: readonly Rule[] = [
  { name: "FedAvg", strategy: { kind: "fedavg" } },
  { name: "median", strategy: { kind: "median" } },
  { name: "trimmed mean", strategy: { kind: "trimmed-mean", trim: ATTACKERS } },
  { name: "Krum", strategy: { kind: "krum", byzantine: ATTACKERS } },
  { name: "Multi-Krum", strategy: { kind: "multi-krum", byzantine: ATTACKERS } },
  { name: "Bulyan", strategy: { kind: "bulyan", byzantine: ATTACKERS } },
  { name: "geometric median", strategy: { kind: "geometric-median", weighting: "samples", iterations: 10 } },
  { name: "norm bounding", strategy: { kind: "norm-bounding", norm: 1, of: { kind: "fedavg" } } },
  { name: "centred clipping", strategy: { kind: "centred-clipping", tau: 1 } },
];

/** More attackers than the theory of a rule allows. */
const BEYOND = [
  { rule: "trimmed mean", attack: "Gaussian", count: 3, why: "trims 2, and there are 3" },
  { rule: "median", attack: "sign flip", count: 6, why: "6 of 11 are a majority" },
  { rule: "geometric median", attack: "sign flip", count: 6, why: "6 of 11 are a majority" },
  { rule: "norm bounding", attack: "sign flip", count: 6, why: "6 changes of equal norm against 5" },
  { rule: "centred clipping", attack: "sign flip", count: 6, why: "6 changes of equal norm against 5" },
] as const;

const keyOf = (rule: string, attack: string, count = ATTACKERS): string =>
  [rule, attack, ...(count === ATTACKERS ? [] : [count])].join("-").toLowerCase().replaceAll(" ", "-");

const cellOf = (rule: Rule, attack: Attack | typeof CLEAN, count = ATTACKERS): Cell => ({
  key: keyOf(rule.name, attack, count),
  partition: { kind: "iid", shards: WORKERS },
  model: "mcmahan-2nn",
  job: {
    rounds: 10,
    training: { epochs: 1, batchSize: 32, learningRate: 0.1 },
    strategy: rule.strategy,
  },
  ...(attack !== CLEAN && { behaviours: (shards, seed) => attackers(attack, count, shards, seed) }),
});

const told = (result: CellResult | undefined, clean: number): string => {
  if (result === undefined) return NOT_RUN;
  const { accuracy } = newest(result);
  return clean - accuracy > 0.03 ? `**${percent(accuracy)}**` : percent(accuracy);
};

/** Robust rules under two attackers of eleven, and under more than they can bear. */
export const robustness: PaperTable = {
  name: "robustness",
  cells: [
    ...RULES.flatMap((rule) => ([CLEAN, ...attacks] as const).map((attack) => cellOf(rule, attack))),
    ...BEYOND.flatMap(({ rule, attack, count }) =>
      RULES.filter(({ name }) => name === rule).map((known) => cellOf(known, attack, count)),
    ),
  ],
  render(kept) {
    const mean = kept.get(keyOf("FedAvg", CLEAN));
    const clean = mean === undefined ? Number.NaN : newest(mean).accuracy;
    const of = (rule: string, attack: string, count?: number) => told(kept.get(keyOf(rule, attack, count)), clean);
    const within = markdown(
      ["rule", CLEAN, ...attacks],
      RULES.map(({ name }) => [name, ...[CLEAN, ...attacks].map((attack) => of(name, attack))]),
    );
    const beyond = markdown(
      ["rule, and why it must fail", "attack", "accuracy"],
      BEYOND.map(({ rule, attack, count, why }) => [`${rule}: ${why}`, attack, of(rule, attack, count)]),
    );
    return `${within}\n\n${beyond}`;
  },
};
