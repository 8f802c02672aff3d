import { describe, expect, it } from "vitest";
import { goldenRules } from "../testing/golden.js";
import { type ScheduleSettings, scheduleOf } from "./schedule.js";

const cases = goldenRules.schedules.map((golden) => [JSON.stringify(golden.settings), golden] as const);

describe(`twenty learning rates are those of PyTorch ${goldenRules.torch}`, () => {
  it.each(cases)("%s", (_, { settings, base, rates }) => {
    const rateOf = scheduleOf(settings);
    rates.forEach((rate, step) => {
      expect(rateOf(step, base), `step ${step}`).toBeCloseTo(rate, 12);
    });
  });
});

describe("a schedule", () => {
  it("has no rate below 0 and none above its base", () => {
    for (const [, { settings, base }] of cases)
      for (let step = 0; step < 200; step++) {
        expect(scheduleOf(settings)(step, base)).toBeGreaterThanOrEqual(0);
        expect(scheduleOf(settings)(step, base)).toBeLessThanOrEqual(base * (1 + 1e-12));
      }
  });

  const wrong: [says: string, settings: ScheduleSettings][] = [
    ["cosine: tMax is needed", JSON.parse('{ "name": "cosine" }')],
    ["exponential: gamma is needed", JSON.parse('{ "name": "exponential" }')],
    ["stepSize must be a whole number above 0, got 0", { name: "step", stepSize: 0 }],
    ["stepSize must be a whole number above 0, got 1.5", { name: "step", stepSize: 1.5 }],
    ["gamma must be 0 or above, got -1", { name: "exponential", gamma: -1 }],
    ["gamma must be 0 or above, got NaN", { name: "exponential", gamma: Number.NaN }],
    ["tMax must be a whole number above 0, got Infinity", { name: "cosine", tMax: Number.POSITIVE_INFINITY }],
    ["etaMin must be 0 or above, got -0.1", { name: "cosine", tMax: 3, etaMin: -0.1 }],
    ["startFactor must be above 0 and at most 1, got 0", { name: "linear-warm-up", startFactor: 0 }],
    ["totalIters must be a whole number above 0, got 0", { name: "linear-warm-up", totalIters: 0 }],
    [
      "step: stepSize must be a whole number above 0, got -1",
      { name: "linear-warm-up", next: { name: "step", stepSize: -1 } },
    ],
  ];
  it.each(wrong)("is refused: %s", (says, settings) => {
    expect(() => scheduleOf(settings)).toThrowError(expect.objectContaining({ code: "invalid_request" }));
    expect(() => scheduleOf(settings)).toThrowError(says);
  });

  it("that is not known is refused with those that are", () => {
    const settings: ScheduleSettings = JSON.parse('{ "name": "cyclic" }');
    expect(() => scheduleOf(settings)).toThrowError(
      'unknown schedule "cyclic": one of constant, step, exponential, cosine, linear-warm-up',
    );
    const endless: ScheduleSettings = JSON.parse('{ "name": "linear-warm-up", "next": { "name": "linear-warm-up" } }');
    expect(() => scheduleOf(endless)).toThrowError('unknown schedule after linear-warm-up "linear-warm-up"');
  });
});
