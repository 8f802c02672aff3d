import { readFile } from "node:fs/promises";
import { z } from "zod";

const servedSchema = z.object({ msg: z.literal("metrics are served"), host: z.string(), port: z.number() });

/** Where a worker's log says that its metrics are. @throws when it says nothing of them */
export async function metricsUrl(log: string): Promise<string> {
  for (const line of (await readFile(log, "utf8")).split("\n").filter((text) => text.startsWith("{"))) {
    const { success, data } = servedSchema.safeParse(JSON.parse(line));
    if (success) return `http://${data.host}:${data.port}/metrics`;
  }
  throw new Error(`${log} tells of no metrics`);
}
