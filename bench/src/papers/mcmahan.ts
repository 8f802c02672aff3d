import { type Cell, type CellResult, firstAt, markdown, NOT_RUN, type PaperTable, roundsTo, UNENDED } from "./table.js";

const TARGET = 0.99;
const COHORT = 10;

/** A row of table 2, and the learning rates that are tried for it; the paper takes the best of a grid, too. */
interface Row {
  readonly spread: "iid" | "non-iid";
  readonly epochs: number;
  readonly batchSize: number;
  /** The paper's rounds to 99 %. */
  readonly paper: number;
}

const ROWS: readonly Row[] = [
  { spread: "iid", epochs: 5, batchSize: 10, paper: 20 },
  { spread: "iid", epochs: 1, batchSize: 10, paper: 34 },
  { spread: "iid", epochs: 5, batchSize: 50, paper: 29 },
  { spread: "iid", epochs: 1, batchSize: 50, paper: 65 },
  { spread: "non-iid", epochs: 5, batchSize: 10, paper: 229 },
  { spread: "non-iid", epochs: 1, batchSize: 10, paper: 350 },
  { spread: "non-iid", epochs: 5, batchSize: 50, paper: 334 },
  { spread: "non-iid", epochs: 1, batchSize: 50, paper: 600 },
];

const RATES = [0.05, 0.1, 0.2];

const keyOf = ({ spread, epochs, batchSize }: Row, rate: number): string =>
  `${spread}-e${epochs}-b${batchSize}-lr${rate}`;

const cellOf = (row: Row, learningRate: number): Cell => ({
  key: keyOf(row, learningRate),
  partition: row.spread === "iid" ? { kind: "iid", shards: 100 } : { kind: "label-shards", shards: 100, piecesEach: 2 },
  model: "mcmahan-cnn",
  job: {
    rounds: row.spread === "iid" ? 2 * row.paper : Math.ceil(1.5 * row.paper),
    training: { epochs: row.epochs, batchSize: row.batchSize, learningRate },
    cohort: { size: COHORT },
    evaluation: { every: row.spread === "iid" ? 1 : 5 },
    stop: { accuracy: TARGET },
  },
  paper: row.paper,
});

/** The rounds of the best learning rate, and how far off the paper's they are. */
function bestOf(results: readonly CellResult[], paper: number): readonly [string, string] {
  const rounds = results.flatMap((result) => firstAt(result, TARGET) ?? []);
  if (rounds.length > 0) {
    const best = Math.min(...rounds);
    return [`${best}`, `${(((best - paper) / paper) * 100).toFixed(0)} %`];
  }
  if (results.length === 0) return [NOT_RUN, ""];
  return [results.every(({ outcome }) => outcome === UNENDED) ? "cut off" : "not reached", ""];
}

/** McMahan et al. 2017, table 2, the CNN on MNIST: rounds until 99 % of the test images are right. */
export const mcmahan: PaperTable = {
  name: "mcmahan",
  source:
    "McMahan et al. 2017, Communication-Efficient Learning of Deep Networks from Decentralized Data, table 2, CNN: rounds to 99 %",
  cells: ROWS.flatMap((row) => RATES.map((rate) => cellOf(row, rate))),
  render(kept) {
    const rows = ROWS.map((row) => {
      const results = RATES.map((rate) => kept.get(keyOf(row, rate)));
      return [
        `${row.spread === "iid" ? "IID" : "non-IID"}, E = ${row.epochs}, B = ${row.batchSize}`,
        `${row.paper}`,
        ...bestOf(
          results.filter((result) => result !== undefined),
          row.paper,
        ),
        ...results.map((result) => (result === undefined ? NOT_RUN : roundsTo(result, TARGET))),
      ];
    });
    return markdown(["MNIST CNN", "paper", "ours", "off by", ...RATES.map((rate) => `rate ${rate}`)], rows);
  },
};
