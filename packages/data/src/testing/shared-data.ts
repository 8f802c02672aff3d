import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Real data sets that are too large to be part of the repository, in a folder beside the checkout, or where the variable says. */
export const sharedData =
  process.env.TRIBUTARY_TEST_DATA ?? fileURLToPath(new URL("../../../../../shared/data/", import.meta.url));

/** Why a test that needs one is left out, or undefined. */
export const missingData = (name: string): string | undefined =>
  existsSync(`${sharedData}/${name}`) ? undefined : `needs ${name} in TRIBUTARY_TEST_DATA, which is not there`;
