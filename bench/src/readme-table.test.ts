import { expect, it } from "vitest";
import { simulationTable, speedTable, twinTable } from "./readme-table.js";
import { withTables } from "./with-tables.js";

it.each<[string, readonly [string, string][]]>([
  [
    "README.md",
    [
      ["twin", twinTable()],
      ["speed", speedTable()],
    ],
  ],
  ["docs/guides/simulation.md", [["rounds", simulationTable()]]],
])("%s shows the kept results; `npx vitest run readme-table -u` writes its tables anew", async (page, tables) => {
  const { file, text } = await withTables(page, tables);
  await expect(text).toMatchFileSnapshot(file);
});
