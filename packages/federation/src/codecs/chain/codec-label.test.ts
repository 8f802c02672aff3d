import { describe, expect, it } from "vitest";
import { codecLabel } from "./codec-label.js";

describe("the label of a codec", () => {
  it.each([
    [undefined, "none"],
    ["delta | topk(0.05) | int8", "delta|topk|int8"],
    ["qsgd(6)", "qsgd"],
  ])("of %j is %j", (codec, label) => expect(codecLabel(codec)).toBe(label));
});
