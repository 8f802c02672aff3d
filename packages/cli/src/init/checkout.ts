import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder of Tributary's own sources, if this command runs out of them; undefined: it was installed as a package. */
export function checkout(): string | undefined {
  const root = fileURLToPath(new URL("../../../../", import.meta.url));
  return existsSync(`${root}Dockerfile`) && existsSync(`${root}packages/cli`) ? root.replace(/\/$/, "") : undefined;
}
