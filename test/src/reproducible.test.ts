import { join } from "node:path";
import { runTwin } from "@tributary/cli";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "./support/federation.js";

const digestOf = async (seed: number) => {
  await using folder = await temporaryFolder();
  const { job } = await runTwin({
    folder: join(folder.path, "twin"),
    say: () => {},
    env: { TRIBUTARY_BACKEND: "wasm" },
    change: (spec) => ({ ...spec, seed, rounds: 3, evaluation: { ...spec.evaluation, every: 0 } }),
  });
  return job.model?.digest;
};

describe("a run", () => {
  it("gives the same model, byte for byte, for the same seed, and another for another", async () => {
    const first = await digestOf(1);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await digestOf(1)).toBe(first);
    expect(await digestOf(2)).not.toBe(first);
  });
});
