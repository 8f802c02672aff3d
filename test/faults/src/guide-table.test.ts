import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { guideTable } from "./guide-table.js";
import { type Kept, withRows } from "./report.js";
import type { Result } from "./scenarios/scenario.js";

it("docs/guides/faults.md shows the kept results; `npx vitest run guide-table -u` writes its table anew", async () => {
  const guide = fileURLToPath(new URL("../../../docs/guides/faults.md", import.meta.url));
  const [before, , after] = (await readFile(guide, "utf8")).split(/<!-- \/?faults -->\n/);
  await expect(`${before}<!-- faults -->\n${guideTable()}\n<!-- /faults -->\n${after}`).toMatchFileSnapshot(guide);
});

it("a row that was run by itself stands in place of the same one, with where it comes from", () => {
  const row = (name: string, secondsLost: number): Result => ({
    ...{ group: "disk", name, seed: 7, sameDigest: true, secondsLost, kills: 0, bytesRatio: 1, wrong: [] },
  });
  const machine = { cpu: "A", cores: 2 };
  const whole: Kept = {
    ...{ date: "2026-01-01", machine },
    result: { seed: 7, scenarios: [row("full", 1), row("slow", 2)] },
  };
  const kept = withRows(whole, { date: "2026-02-02", machine: { cpu: "B", cores: 4 } }, [
    row("full", 3),
    row("gone", 4),
  ]);
  expect(guideTable(kept).split("\n").slice(2)).toEqual([
    "| disk: slow | 1 | 1 | 2.0 | 1.00 | yes |",
    "| disk: full | 1 | 1 | 3.0 | 1.00 | yes |",
    "| disk: gone | 1 | 1 | 4.0 | 1.00 | yes |",
    "",
    "2026-01-01, 2 cores (A), seed 7.",
    "By themselves:",
    "disk: full: 2026-02-02, 4 cores (B), seed 7.",
    "disk: gone: 2026-02-02, 4 cores (B), seed 7.",
  ]);
});
