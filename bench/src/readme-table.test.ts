import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { twinTable } from "./readme-table.js";

it("README.md shows the kept results; `npx vitest run readme-table -u` writes its table anew", async () => {
  const readme = fileURLToPath(new URL("../../README.md", import.meta.url));
  const [before, , after] = (await readFile(readme, "utf8")).split(/<!-- \/?twin -->\n/);
  await expect(`${before}<!-- twin -->\n${twinTable()}\n<!-- /twin -->\n${after}`).toMatchFileSnapshot(readme);
});
