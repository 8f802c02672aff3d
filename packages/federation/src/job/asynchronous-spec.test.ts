import { expect, it } from "vitest";
import { checkJobSpec } from "./parse-job-spec.js";

const job = (cohort: object, strategy: object = { kind: "fedbuff", bufferSize: 4 }) =>
  checkJobSpec({ model: "lenet5", dataset: "mnist", strategy, cohort });

it.each([
  ["quorum", { quorum: 2 }],
  ["minimumFraction", { minimumFraction: 0.5 }],
  ["overSelection", { size: 4, overSelection: 1.3 }],
])("refuses cohort.%s of a job without rounds that could close early", (field, cohort) => {
  expect(() => job(cohort)).toThrow(`cohort.${field}: has no meaning`);
  expect(() => job(cohort, { kind: "norm-bounding", of: { kind: "fedbuff", bufferSize: 4 } })).toThrow("no meaning");
  expect(() => job(cohort, { kind: "fedavg" })).not.toThrow();
});

it("lets fewer train at a time than make a version", () => {
  expect(job({ size: 2 }).cohort.size).toBe(2);
});
