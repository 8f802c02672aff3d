import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { guideTable } from "./guide-table.js";

it("docs/guides/faults.md shows the kept results; `npx vitest run guide-table -u` writes its table anew", async () => {
  const guide = fileURLToPath(new URL("../../../docs/guides/faults.md", import.meta.url));
  const [before, , after] = (await readFile(guide, "utf8")).split(/<!-- \/?faults -->\n/);
  await expect(`${before}<!-- faults -->\n${guideTable()}\n<!-- /faults -->\n${after}`).toMatchFileSnapshot(guide);
});
