import { expect, it } from "vitest";
import { withTables } from "../with-tables.js";
import { pagePart } from "./papers-page.js";
import { paperTables } from "./tables.js";

it("docs/papers.md shows the kept results; `npx vitest run papers-page -u` writes its tables anew", async () => {
  const tables = [...paperTables].map(([name, table]) => [name, pagePart(table)] as const);
  const { file, text } = await withTables("docs/papers.md", tables);
  await expect(text).toMatchFileSnapshot(file);
});
