import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkJobSpec } from "../job/parse-job-spec.js";
import { strategyOf } from "./strategies.js";
import type { Aggregation } from "./strategy.js";

interface Update {
  readonly samples: number;
  readonly values: Float32Array;
}

const ELEMENTS = 5;

const updates = fc.array(
  fc.record<Update>({
    samples: fc.integer({ min: 1, max: 100_000 }),
    values: fc.float32Array({ minLength: ELEMENTS, maxLength: ELEMENTS, min: -100, max: 100, noNaN: true }),
  }),
  { minLength: 1, maxLength: 8 },
);

function open(weighting: "samples" | "equal", cohort: readonly Update[]): Aggregation {
  const spec = checkJobSpec({ model: "lenet5", dataset: "mnist", strategy: { kind: "fedavg", weighting } });
  const members = cohort.map(({ samples }, index) => ({ worker: `worker-${index}`, samples }));
  return strategyOf(spec).open({ spec, elements: ELEMENTS, cohort: members });
}

/** In slices of one value that share their memory, as a walk through a file gives them. */
const contribution = ({ samples, values }: Update) => ({
  samples,
  async *slices() {
    const slice = new Float32Array(1);
    for (const value of values) {
      slice[0] = value;
      yield slice;
    }
  },
});

async function aggregated(weighting: "samples" | "equal", cohort: readonly Update[], came = cohort) {
  const aggregation = open(weighting, cohort);
  for (const update of came) await aggregation.fold(contribution(update));
  return aggregation.result(0, ELEMENTS);
}

const of = (...values: number[]) => Float32Array.from(values);

describe("FedAvg", () => {
  const small = { samples: 100, values: of(1, 2, 3, 4, 5) };
  const large = { samples: 300, values: of(5, 6, 7, 8, 9) };

  it("weighs an update by the samples that its worker holds (McMahan et al. 2017, algorithm 1)", async () => {
    expect(await aggregated("samples", [small, large])).toEqual(of(4, 5, 6, 7, 8));
  });

  it("weighs all updates alike when it is told so", async () => {
    expect(await aggregated("equal", [small, large])).toEqual(of(3, 4, 5, 6, 7));
  });

  it("is the mean of those that came", async () => {
    expect(await aggregated("samples", [small, large], [large])).toEqual(large.values);
  });

  it("gives the same bytes whatever the order in which updates come", async () => {
    const shuffled = updates.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    await fc.assert(
      fc.asyncProperty(shuffled, fc.constantFrom("samples", "equal"), async ([all, order], weighting) => {
        expect(await aggregated(weighting, all, order)).toEqual(await aggregated(weighting, all));
      }),
    );
  });

  it("is the mean of float64, rounded to float32", async () => {
    await fc.assert(
      fc.asyncProperty(updates, async (all) => {
        const total = all.reduce((sum, { samples }) => sum + samples, 0);
        for (const [index, value] of (await aggregated("samples", all)).entries()) {
          const reference = all.reduce((sum, { samples, values }) => sum + samples * (values[index] ?? 0), 0) / total;
          expect(Math.abs(value - reference)).toBeLessThanOrEqual(Math.abs(reference) * 2 ** -24 + 1e-10);
        }
      }),
    );
  });

  it("answers for a part of the model at a time", async () => {
    const aggregation = open("samples", [small, large]);
    for (const update of [small, large]) await aggregation.fold(contribution(update));
    expect([aggregation.result(0, 2), aggregation.result(2, 5)]).toEqual([of(4, 5), of(6, 7, 8)]);
  });

  it("has no result when an update broke off", async () => {
    const aggregation = open("samples", [small, large]);
    await aggregation.fold(contribution(small));
    const broken = contribution({ ...large, values: large.values.subarray(0, 3) });
    await expect(aggregation.fold(broken)).rejects.toMatchObject({ code: "update_shape_mismatch" });
    expect(() => aggregation.result(0, 1)).toThrow(expect.objectContaining({ code: "conflict" }));
  });

  it("takes no more weight than the cohort has", async () => {
    const aggregation = open("samples", [small]);
    await expect(aggregation.fold(contribution(large))).rejects.toMatchObject({ code: "sample_count_invalid" });
  });
});
