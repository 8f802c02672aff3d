import { compression } from "./compression.js";
import { fedbuff } from "./fedbuff.js";
import { fedprox } from "./fedprox.js";
import { mcmahan } from "./mcmahan.js";
import { niid } from "./niid.js";
import { robustness } from "./robustness.js";
import { scaffold } from "./scaffold.js";
import type { PaperTable } from "./table.js";

/** All tables, by name. */
export const paperTables: ReadonlyMap<string, PaperTable> = new Map(
  [mcmahan, robustness, niid, fedprox, scaffold, compression, fedbuff].map((table) => [table.name, table]),
);
