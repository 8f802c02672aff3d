import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { speedTable, twinTable } from "./readme-table.js";

it("README.md shows the kept results; `npx vitest run readme-table -u` writes its tables anew", async () => {
  const readme = fileURLToPath(new URL("../../README.md", import.meta.url));
  let text = await readFile(readme, "utf8");
  for (const [name, table] of Object.entries({ twin: twinTable(), speed: speedTable() })) {
    const [before, , after] = text.split(new RegExp(`<!-- /?${name} -->\\n`));
    text = `${before}<!-- ${name} -->\n${table}\n<!-- /${name} -->\n${after}`;
  }
  await expect(text).toMatchFileSnapshot(readme);
});
