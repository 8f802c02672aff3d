import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { simulationTable, speedTable, twinTable } from "./readme-table.js";

it.each([
  ["README.md", { twin: twinTable(), speed: speedTable() }],
  ["docs/guides/simulation.md", { rounds: simulationTable() }],
])("%s shows the kept results; `npx vitest run readme-table -u` writes its tables anew", async (page, tables) => {
  const file = fileURLToPath(new URL(`../../${page}`, import.meta.url));
  let text = await readFile(file, "utf8");
  for (const [name, table] of Object.entries(tables)) {
    const [before, , after] = text.split(new RegExp(`<!-- /?${name} -->\\n`));
    text = `${before}<!-- ${name} -->\n${table}\n<!-- /${name} -->\n${after}`;
  }
  await expect(text).toMatchFileSnapshot(file);
});
