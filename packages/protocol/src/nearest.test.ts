import { describe, expect, it } from "vitest";
import { didYouMean, nearest } from "./nearest.js";

const NAMES = ["fedavg", "fedavgm", "fedprox", "trimmed-mean", "mean", "mnist", "fashion-mnist", "cifar-10"];

describe("the nearest name", () => {
  it.each([
    ["fedporx", "fedprox"],
    ["FedAvg", "fedavg"],
    ["trimed_mean", "trimmed-mean"],
    ["mnits", "mnist"],
    ["cifar10", "cifar-10"],
    // What it begins is meant, however much is left out.
    ["fashion", "fashion-mnist"],
    ["c", undefined],
    ["men", "mean"],
    ["maen", "mean"],
    // More than half of its letters are others, or more than four.
    ["moos", undefined],
    ["fashn-mnst", "fashion-mnist"],
    ["fashionable-mists", undefined],
    ["", undefined],
  ])("to %j is %j", (name, near) => expect(nearest(name, NAMES)).toBe(near));

  it("is none of none", () => expect(nearest("fedavg", [])).toBeUndefined());

  it("is looked for in the beginning of what is too long", () => {
    const long = "x".repeat(10_000_000);
    const begun = performance.now();
    expect(nearest(long, [`${long.slice(0, 99)}y`, ...NAMES])).toBe(`${long.slice(0, 99)}y`);
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});

describe("the end of a message", () => {
  it("asks, lists or says that there is nothing", () => {
    expect(didYouMean("mnits", NAMES)).toBe("did you mean mnist?");
    expect(didYouMean("imagenet", ["mnist", "cifar-10"])).toBe("there are mnist, cifar-10");
    expect(didYouMean("imagenet", ["mnist"])).toBe("there is mnist");
    expect(didYouMean("imagenet", [])).toBe("there is none");
  });

  it("is short, and of one line whatever names there are", () => {
    const names = Array.from({ length: 100 }, (_, index) => `worker\n\u001b[31m${index}`);
    const end = didYouMean("nobody", names);
    expect(end).toMatch(/^there are worker \[31m0, .* and 70 more$/);
    expect(end).not.toContain("\u001b");
  });
});
