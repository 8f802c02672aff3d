import type { JobSpecInput } from "@tributary/federation";
import { attackers } from "./attacks.js";
import { besideClean, type Cell, type CellResult, markdown, meanOfLast, NOT_RUN, newest } from "./table.js";

/** In buckets of two these are 10, of which 2 may be bad: enough for Krum, which needs 2f + 3. */
const WORKERS = 20;
const ATTACKERS = 2;

const krum = { kind: "krum", byzantine: ATTACKERS } as const;

const RULES: readonly {
  readonly name: string;
  readonly key: string;
  readonly strategy: NonNullable<JobSpecInput["strategy"]>;
}[] = [
  { name: "FedAvg", key: "fedavg", strategy: { kind: "fedavg" } },
  { name: "Krum", key: "krum", strategy: krum },
  {
    name: "bucketing, s = 2, of Krum",
    key: "bucketing-s-2-of-krum",
    strategy: { kind: "bucketing", size: 2, of: krum },
  },
];

const ATTACKS = [
  { name: "clean", key: "clean" },
  { name: "sign flip", key: "sign-flip", attack: "sign flip" },
] as const;

const keyOf = (rule: string, attack: string): string => `unlike-${rule}-${attack}`;

/**
 * Workers with two digits each, where a rule that takes one update for all loses what the others know, and bucketing (Karimireddy,
 * He and Jaggi 2022) is for. They take few steps a round, as near to the single gradients of the paper as jobs in rounds are.
 */
export const unlikeCells: readonly Cell[] = RULES.flatMap((rule) =>
  ATTACKS.map(
    (what): Cell => ({
      key: keyOf(rule.key, what.key),
      partition: { kind: "label-shards", shards: WORKERS, piecesEach: 2 },
      model: "mcmahan-2nn",
      job: {
        rounds: 100,
        training: { batchSize: 32, maxBatches: 5, learningRate: 0.05 },
        strategy: rule.strategy,
        evaluation: { every: 5 },
      },
      ...("attack" in what && {
        behaviours: (shards, seed) => attackers(what.attack, ATTACKERS, shards, seed),
      }),
    }),
  ),
);

/** Scores that are averaged: where workers are unlike, models jump from one round to the next. */
const LAST = 10;

const SCORES: readonly ((result: CellResult) => number)[] = [
  (result) => meanOfLast(result, LAST),
  (result) => newest(result).accuracy,
];

/** The Markdown table of what is kept of these cells. */
export function renderUnlike(kept: ReadonlyMap<string, CellResult>): string {
  const clean = kept.get(keyOf("fedavg", "clean"));
  return markdown(
    ["two digits each", ...ATTACKS.flatMap(({ name }) => [`${name}, mean of the last ten`, "last"])],
    RULES.map(({ name, key }) => [
      name,
      ...ATTACKS.flatMap((attack) => {
        const result = kept.get(keyOf(key, attack.key));
        return SCORES.map((of) => (result === undefined ? NOT_RUN : besideClean(of(result), clean && of(clean))));
      }),
    ]),
  );
}
