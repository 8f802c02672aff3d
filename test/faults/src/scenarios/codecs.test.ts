import { codecStages } from "@tributary/federation";
import { expect, it } from "vitest";
import { codecKills, modelCodecKills } from "./codecs.js";

const stagesIn = (chain: string) => chain.split("|").map((stage) => stage.replace(/\(.*/, "").trim());

it("every stage that changes what is sent has a row", () => {
  const stages = codecKills.flatMap(({ name }) => stagesIn(name));
  expect([...new Set([...stages, "float32"])].sort()).toEqual([...codecStages].sort());
  expect(new Set(codecKills.map(({ name }) => name)).size).toBe(codecKills.length);
});

it("every stage that models may have has a row", () => {
  expect(modelCodecKills.map(({ name }) => name)).toEqual(["models by float16", "models by bfloat16 | deflate"]);
});
