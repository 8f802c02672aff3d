import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** A page with tables between comments of their names, `<!-- speed -->` and `<!-- /speed -->`. */
export interface PageWithTables {
  readonly file: string;
  /** With these tables in place of what it has there. */
  readonly text: string;
}

/** @param page from the project's folder on @param tables by name */
export async function withTables(page: string, tables: Iterable<readonly [string, string]>): Promise<PageWithTables> {
  const file = fileURLToPath(new URL(`../../${page}`, import.meta.url));
  let text = await readFile(file, "utf8");
  for (const [name, table] of tables) {
    const [before, , after] = text.split(new RegExp(`<!-- /?${name} -->\\n`));
    text = `${before}<!-- ${name} -->\n${table}\n<!-- /${name} -->\n${after}`;
  }
  return { file, text };
}
