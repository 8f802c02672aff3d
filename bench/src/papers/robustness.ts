import type { JobSpecInput } from "@tributary/federation";
import { type Attack, attackers, attacks } from "./attacks.js";
import { besideClean, type Cell, type CellResult, markdown, NOT_RUN, newest, type PaperTable } from "./table.js";
import { renderUnlike, unlikeCells } from "./unlike-workers.js";

const WORKERS = 10;
const ATTACKERS = 2;
const CLEAN = "clean";

interface Rule {
  readonly name: string;
  readonly strategy: NonNullable<JobSpecInput["strategy"]>;
  /** Where it needs more than the others have. */
  readonly workers?: number;
}

const RULES: readonly Rule[] = [
  { name: "FedAvg", strategy: { kind: "fedavg" } },
  { name: "median", strategy: { kind: "median" } },
  { name: "trimmed mean", strategy: { kind: "trimmed-mean", trim: ATTACKERS } },
  { name: "Krum", strategy: { kind: "krum", byzantine: ATTACKERS } },
  { name: "Multi-Krum", strategy: { kind: "multi-krum", byzantine: ATTACKERS } },
  // It needs n ≥ 4f + 3.
  { name: "Bulyan", strategy: { kind: "bulyan", byzantine: ATTACKERS }, workers: 4 * ATTACKERS + 3 },
  { name: "geometric median", strategy: { kind: "geometric-median", weighting: "samples", iterations: 10 } },
  { name: "norm bounding", strategy: { kind: "norm-bounding", norm: 1, of: { kind: "fedavg" } } },
  { name: "centred clipping", strategy: { kind: "centred-clipping", tau: 1 } },
];

/** More attackers than the theory of a rule allows. */
const BEYOND = [
  { rule: "trimmed mean", attack: "Gaussian", count: 3, why: "trims 2, and there are 3" },
  { rule: "median", attack: "sign flip", count: 6, why: "6 of 10 are a majority" },
  { rule: "Krum", attack: "joint sign flip", count: 6, why: "6 of 10 are nearest to each other" },
  { rule: "Multi-Krum", attack: "joint sign flip", count: 6, why: "6 of 10 are nearest to each other" },
  { rule: "Bulyan", attack: "joint sign flip", count: 6, why: "6 of 11 are nearest to each other" },
  { rule: "geometric median", attack: "sign flip", count: 6, why: "6 of 10 are a majority" },
  { rule: "norm bounding", attack: "sign flip", count: 6, why: "6 changes of equal norm against 4" },
  { rule: "centred clipping", attack: "sign flip", count: 6, why: "6 changes of equal norm against 4" },
] as const;

const keyOf = (rule: string, attack: string, count = ATTACKERS): string =>
  [rule, attack, ...(count === ATTACKERS ? [] : [count])].join("-").toLowerCase().replaceAll(" ", "-");

const cellOf = (rule: Rule, attack: Attack | typeof CLEAN, count = ATTACKERS): Cell => ({
  key: keyOf(rule.name, attack, count),
  partition: { kind: "iid", shards: rule.workers ?? WORKERS },
  model: "mcmahan-2nn",
  job: {
    rounds: 10,
    training: { epochs: 1, batchSize: 32, learningRate: 0.1 },
    strategy: rule.strategy,
  },
  ...(attack !== CLEAN && { behaviours: (shards, seed) => attackers(attack, count, shards, seed) }),
});

const told = (result: CellResult | undefined, clean: CellResult | undefined): string =>
  result === undefined ? NOT_RUN : besideClean(newest(result).accuracy, clean && newest(clean).accuracy);

/** Robust rules under two attackers of ten, under more than they can bear, and where workers are unlike. */
export const robustness: PaperTable = {
  name: "robustness",
  source:
    "no table of a paper; attacks of Blanchard et al. 2017 and Baruch et al. 2019, bucketing of Karimireddy, He and Jaggi 2022",
  cells: [
    ...RULES.flatMap((rule) => ([CLEAN, ...attacks] as const).map((attack) => cellOf(rule, attack))),
    ...BEYOND.flatMap(({ rule, attack, count }) =>
      RULES.filter(({ name }) => name === rule).map((known) => cellOf(known, attack, count)),
    ),
    ...unlikeCells,
  ],
  render(kept) {
    const clean = kept.get(keyOf("FedAvg", CLEAN));
    const of = (rule: string, attack: string, count?: number) => told(kept.get(keyOf(rule, attack, count)), clean);
    const within = markdown(
      ["rule", CLEAN, ...attacks],
      RULES.map(({ name }) => [name, ...[CLEAN, ...attacks].map((attack) => of(name, attack))]),
    );
    const beyond = markdown(
      ["rule, and why it must fail", "attack", "accuracy"],
      BEYOND.map(({ rule, attack, count, why }) => [`${rule}: ${why}`, attack, of(rule, attack, count)]),
    );
    return [within, beyond, renderUnlike(kept)].join("\n\n");
  },
};
