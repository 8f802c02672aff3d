import { describe, expect, it } from "vitest";
import { openBackend } from "../backend/open.js";
import { report } from "../testing/backends.js";
import { distance } from "./compare.js";
import { prepared } from "./prepared.js";
import { stepped, steppedByHand } from "./run.js";

const STEPS = 50;
// Larger steps let a difference in the last digit grow: of the small ResNet to 6 % of a weight at a rate of 0.05.
const optimizer = { name: "sgd", learningRate: 0.005, momentum: 0.9 } as const;

const lacks = report.native.works ? "" : ` (does not run here: ${report.native.reason})`;

// Other backends run both op by op.
describe.skipIf(lacks !== "")(`${STEPS} steps, recorded and by hand, op by op, native${lacks}`, () => {
  it.each(prepared.filter(({ about }) => about.whole))("agree to 1e-5: $about.name", async (one) => {
    const backend = await openBackend("native");
    const slower = { ...one, about: { ...one.about, optimizer } };
    const start = await stepped(backend, slower, 0);
    const end = await stepped(backend, slower, STEPS);
    const byHand = await steppedByHand(backend, slower, STEPS);
    const movedBy = distances(end.parameters, start.parameters);
    expect(Math.min(...movedBy)).toBeGreaterThan(1e-4);
    expect(Math.max(...distances(end.parameters, byHand.parameters))).toBeLessThan(1e-5);
    expect(Math.max(...distances(losses(end), losses(byHand)))).toBeLessThan(1e-5);
  });
});

interface Named {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

const losses = ({ losses }: { readonly losses: readonly number[] }): Named[] => [
  { shape: [losses.length], values: losses },
];

const distances = (actual: readonly Named[], expected: readonly Named[]): number[] =>
  expected.map(
    ({ shape, values }, at) =>
      distance(actual[at] ?? { shape: [-1], values: [] }, { shape, values: Array.from(values) }).error,
  );
