import { createRequire } from "node:module";
import { z } from "zod";

const manifest: unknown = createRequire(import.meta.url)("@tributary/coordinator/package.json");

/** Tributary's version at this coordinator. */
export const software: string = z.object({ version: z.string() }).parse(manifest).version;
