import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LocalFederation } from "@tributary/cli";

const root = new URL("../../../", import.meta.url);

/** An empty database that the data folders of tests are copies of: making one takes a coordinator seconds. One for each schema and way of making it. */
const made = createHash("sha256");
for (const file of ["migrations/meta/_journal.json", "scripts/make-database.mjs"])
  made.update(readFileSync(new URL(`packages/coordinator/${file}`, root)));
const template = fileURLToPath(new URL(`.tributary/test-database-${made.digest("hex").slice(0, 8)}`, root));

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Makes the template, as a coordinator does at its first start, unless an earlier test has. */
async function makeTemplate(): Promise<void> {
  if (await isThere(template)) return;
  const folder = await mkdtemp(join(tmpdir(), "tributary-template-"));
  const first = await LocalFederation.start({ folder });
  await first.stop();
  const copy = `${template}.${process.pid}`;
  await cp(join(folder, "coordinator", "db"), copy, { recursive: true });
  // Another test may have been faster.
  await rename(copy, template).catch(() => rm(copy, { recursive: true }));
  await rm(folder, { recursive: true });
}

/** Puts an empty database into the data folder of a federation that has none yet. */
export async function withDatabase(folder: string): Promise<string> {
  const database = join(folder, "coordinator", "db");
  if (await isThere(database)) return folder;
  await makeTemplate();
  await mkdir(join(folder, "coordinator"), { recursive: true });
  await cp(template, database, { recursive: true });
  return folder;
}
