import { describe, expect, it } from "vitest";
import { checkJobSpec } from "../job/parse-job-spec.js";
import { clippingOf, tighter } from "./clipping.js";

describe("the limits of gradients", () => {
  it("are the job's, where its strategy asks for none", () => {
    const of = (training: object) => clippingOf(checkJobSpec({ model: "lenet5", dataset: "mnist", training }));
    expect(of({})).toEqual({});
    expect(of({ clipNorm: 2, clipValue: 0.5 })).toEqual({ clipNorm: 2, clipValue: 0.5 });
  });

  it("are the smaller ones of the job's and the strategy's, each by itself", () => {
    const [job, strategy] = [
      { clipNorm: 2, clipValue: 0.5 },
      { clipNorm: 1, clipValue: 3 },
    ];
    expect(tighter(job, strategy)).toEqual({ clipNorm: 1, clipValue: 0.5 });
    expect(tighter(strategy, job)).toEqual({ clipNorm: 1, clipValue: 0.5 });
    expect(tighter({}, { clipNorm: 1 })).toEqual({ clipNorm: 1 });
    expect(tighter({ clipValue: 3 }, { clipNorm: 1 })).toEqual({ clipNorm: 1, clipValue: 3 });
  });
});
