import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { openWorkerMetrics } from "./metrics.js";

const page = fileURLToPath(new URL("../../../../docs/guides/observability.md", import.meta.url));

const metricSchema = z.object({
  name: z.string(),
  help: z.string(),
  type: z.string(),
  labelNames: z.array(z.string()).default([]),
});
const own = openWorkerMetrics(() => ({ underway: 0, waiting: 0 }))
  .registry.getMetricsAsArray()
  .map((metric) => metricSchema.parse(metric));

const table = [
  "| metric | type | labels | what it is |",
  "| --- | --- | --- | --- |",
  ...own.map(({ name, type, labelNames, help }) => `| \`${name}\` | ${type} | ${labelNames.join(", ")} | ${help} |`),
].join("\n");

describe("docs/guides/observability.md", () => {
  it("lists the worker's metrics; `npx vitest run metrics-page -u` writes the table anew", async () => {
    const [before, , after] = (await readFile(page, "utf8")).split(/<!-- \/?worker-metrics -->\n/);
    await expect(`${before}<!-- worker-metrics -->\n${table}\n<!-- /worker-metrics -->\n${after}`).toMatchFileSnapshot(
      page,
    );
  });
});

describe("the worker's metrics", () => {
  it.each(own)("$name is named as Prometheus wants it", ({ name, type }) => {
    expect(name).toMatch(/^tributary_worker_[a-z]+(_[a-z]+)*$/);
    expect(name.endsWith("_total")).toBe(type === "counter");
    expect(name.endsWith("_seconds")).toBe(type === "histogram");
  });
});
