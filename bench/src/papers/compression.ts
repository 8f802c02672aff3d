import { type Cell, type CellResult, markdown, NOT_RUN, newest, type PaperTable, percent } from "./table.js";

const ROUNDS = 120;

const MODEL = "pysyft-cnn";

interface Line {
  readonly name: string;
  readonly key: string;
  readonly codec?: string;
  /** Whether what the codec loses is lost for good. */
  readonly loses?: true;
}

const LINES: readonly Line[] = [
  { name: "as they are", key: "none" },
  { name: "`delta \\| int8`", key: "int8", codec: "delta | int8" },
  { name: "`delta \\| topk(0.01)`, error feedback", key: "topk", codec: "delta | topk(0.01)" },
  { name: "`delta \\| topk(0.01) \\| int8`, error feedback", key: "topk-int8", codec: "delta | topk(0.01) | int8" },
  {
    name: "`delta \\| topk(0.01)`, no error feedback",
    key: "topk-no-feedback",
    codec: "delta | topk(0.01)",
    loses: true,
  },
];

/** The twin's three workers hold the digits 0 to 3, 4 to 6 and 7 to 9; ten batches of 32 a round. */
const cellOf = ({ key, codec, loses }: Line): Cell => ({
  key,
  partition: {
    kind: "labels",
    labels: [
      [0, 1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ],
  },
  model: MODEL,
  job: {
    rounds: ROUNDS,
    training: { loss: "nll", batchSize: 32, maxBatches: 10, learningRate: 0.1, learningRateDecay: 0.98 },
    strategy: { kind: "fedavg", weighting: "equal" },
    cohort: { minimum: 3, quorum: 3 },
    ...(codec !== undefined && { codec: { update: codec, ...(loses && { errorFeedback: false }) } }),
    evaluation: { every: 5 },
  },
});

/** How many times smaller, the last score, and how far it is from that without a codec, in points. */
function told(result: CellResult | undefined, plain: CellResult | undefined): readonly string[] {
  if (result === undefined) return [NOT_RUN, "", ""];
  const { sentBytes = 0, updateBytes = 0 } = result;
  const { accuracy } = newest(result);
  const off = plain === undefined ? "" : ((accuracy - newest(plain).accuracy) * 100).toFixed(2);
  return [`${(updateBytes / sentBytes).toFixed(1)} ×`, percent(accuracy), off];
}

/** Sparse and coarse updates on the job of `tributary demo`: what error feedback (Karimireddy et al. 2019) is good for. */
export const compression: PaperTable = {
  name: "compression",
  cells: LINES.map(cellOf),
  render: (kept) =>
    markdown(
      ["updates", "smaller", "accuracy", "points off"],
      LINES.map(({ name, key }) => [name, ...told(kept.get(key), kept.get("none"))]),
    ),
};
