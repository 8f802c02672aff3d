import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { auroc, macroAuroc } from "./auroc.js";
import { type ClassScores, ConfusionMatrix } from "./confusion-matrix.js";
import { RegressionScores } from "./regression.js";
import { TopK } from "./top-k.js";

type Listed = Record<keyof ClassScores, number[]>;

const golden: {
  readonly scikitLearn: string;
  readonly classifiers: readonly {
    readonly about: string;
    readonly classes: number;
    readonly labels: number[];
    readonly outputs: number[];
    readonly confusion: number[];
    readonly accuracy: number;
    readonly scores: { each: Listed; macro: ClassScores; weighted: ClassScores; micro: ClassScores };
    readonly topK: number[];
    readonly auroc: number;
  }[];
  readonly binary: readonly { about: string; scores: number[]; positive: boolean[]; auroc: number }[];
  readonly regression: readonly {
    readonly about: string;
    readonly outputsPerSample: number;
    readonly targets: number[];
    readonly outputs: number[];
    readonly mse: number;
    readonly mae: number;
    readonly r2: number;
  }[];
} = JSON.parse(readFileSync(new URL("../../test/golden/metrics.json", import.meta.url), "utf8"));

const close = (value: number) => expect.closeTo(value, 12);
const closeScores = ({ precision, recall, f1 }: ClassScores) => ({
  precision: close(precision),
  recall: close(recall),
  f1: close(f1),
});

describe(`metrics are those of scikit-learn ${golden.scikitLearn}`, () => {
  it.each(golden.classifiers)("$about", ({ classes, labels, outputs, confusion, accuracy, scores, topK, auroc }) => {
    const values = Float64Array.from(outputs);
    const matrix = new ConfusionMatrix(classes);
    matrix.add(values, labels);
    expect([...matrix.counts]).toEqual(confusion);
    expect(matrix.samples).toBe(labels.length);
    expect(matrix.accuracy).toEqual(close(accuracy));
    for (const average of ["macro", "weighted", "micro"] as const)
      expect(matrix.average(average), average).toEqual(closeScores(scores[average]));
    for (let index = 0; index < classes; index++) {
      const { precision, recall, f1 } = matrix.of(index);
      const { each } = scores;
      expect([precision, recall, f1]).toEqual(
        [each.precision[index], each.recall[index], each.f1[index]].map((value) => close(value ?? Number.NaN)),
      );
    }
    topK.forEach((wanted, index) => {
      const counted = new TopK(index + 1, classes);
      counted.add(values, labels);
      expect(counted.accuracy, `top ${index + 1}`).toEqual(close(wanted));
    });
    expect(macroAuroc(values, labels, classes)).toEqual(close(auroc));
  });

  it.each(golden.binary)("$about", ({ scores, positive, auroc: wanted }) => {
    expect(auroc(scores, positive)).toEqual(close(wanted));
  });

  it.each(golden.regression)("$about", ({ outputsPerSample, targets, outputs, mse, mae, r2 }) => {
    const scores = new RegressionScores(outputsPerSample);
    scores.add(outputs, targets);
    expect(scores.mse).toEqual(close(mse));
    expect(scores.mae).toEqual(close(mae));
    expect(scores.r2).toBeCloseTo(r2, 8);
  });
});
