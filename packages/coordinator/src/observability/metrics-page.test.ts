import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { openMetrics } from "../metrics.js";

const page = fileURLToPath(new URL("../../../../docs/guides/observability.md", import.meta.url));

const metricSchema = z.object({
  name: z.string(),
  help: z.string(),
  type: z.string(),
  labelNames: z.array(z.string()).default([]),
});

const { registry } = openMetrics({
  workers: () => ({ idle: 0, downloading: 0, training: 0, evaluating: 0, personalising: 0, uploading: 0, offline: 0 }),
  work: () => ({ underway: 0, waiting: 0 }),
  freeBytes: () => 0,
  reserveBytes: 0,
});

const own = registry
  .getMetricsAsArray()
  .map((metric) => metricSchema.parse(metric))
  .filter(({ name }) => name.startsWith("tributary_"));

const table = [
  "| metric | type | labels | what it is |",
  "| --- | --- | --- | --- |",
  ...own.map(({ name, type, labelNames, help }) => `| \`${name}\` | ${type} | ${labelNames.join(", ")} | ${help} |`),
].join("\n");

describe("docs/guides/observability.md", () => {
  it("lists the coordinator's metrics; `npx vitest run metrics-page -u` writes the table anew", async () => {
    const [before, , after] = (await readFile(page, "utf8")).split(/<!-- \/?coordinator-metrics -->\n/);
    await expect(
      `${before}<!-- coordinator-metrics -->\n${table}\n<!-- /coordinator-metrics -->\n${after}`,
    ).toMatchFileSnapshot(page);
  });
});

describe("the coordinator's metrics", () => {
  it.each(own)("$name is named as Prometheus wants it", ({ name, type }) => {
    expect(name).toMatch(/^tributary_[a-z]+(_[a-z]+)*$/);
    expect(name.endsWith("_total")).toBe(type === "counter");
    if (type === "histogram") expect(name).toMatch(/_seconds$/);
  });
});
