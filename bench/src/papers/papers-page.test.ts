import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { pagePart } from "./papers-page.js";
import { paperTables } from "./tables.js";

it("docs/papers.md shows the kept results; `npx vitest run papers-page -u` writes its tables anew", async () => {
  const page = fileURLToPath(new URL("../../../docs/papers.md", import.meta.url));
  let text = await readFile(page, "utf8");
  for (const [name, table] of paperTables) {
    const [before, , after] = text.split(new RegExp(`<!-- /?${name} -->\\n`));
    text = `${before}<!-- ${name} -->\n${pagePart(table)}\n<!-- /${name} -->\n${after}`;
  }
  await expect(text).toMatchFileSnapshot(page);
});
