import { createRequire } from "node:module";
import { dirname } from "node:path";

/** This package's folder, found by its name: in a bundle this module has another place. */
export const packageFolder = dirname(createRequire(import.meta.url).resolve("@tributary/coordinator/package.json"));
