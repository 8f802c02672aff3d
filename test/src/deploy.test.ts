import { execFile } from "node:child_process";
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { mnist, partition, subset, writeShard } from "@tributary/data";
import { checkJobSpec } from "@tributary/federation";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { startFederation, temporaryFolder } from "./support/federation.js";
import { ofCoordinator, ofWorker } from "./support/scrape.js";

const deploy = fileURLToPath(new URL("../../deploy/", import.meta.url));

/** What promtool printed. @throws when it found a fault */
async function promtool(args: readonly string[], options: { cwd?: string; input?: string } = {}): Promise<string> {
  const running = promisify(execFile)("promtool", [...args], { cwd: options.cwd });
  running.child.stdin?.end(options.input ?? "");
  const { stdout, stderr } = await running;
  return stdout + stderr;
}

const isThere = await promtool(["--version"]).then(
  () => true,
  () => false,
);
const note = isThere ? "" : " (skipped: promtool is not installed; Debian's package `prometheus` has it)";

describe.skipIf(!isThere)(`promtool${note}`, () => {
  it("takes the alert rules", async () => {
    expect(await promtool(["check", "rules", join(deploy, "prometheus/alerts.yml")])).toContain("SUCCESS");
  });

  it("finds that every alert fires when it should, and none when all is well", async () => {
    const tests = await promtool(["test", "rules", "alerts.test.yml"], { cwd: join(deploy, "prometheus") });
    expect(tests).toContain("SUCCESS");
    const text = await readFile(join(deploy, "prometheus/alerts.yml"), "utf8");
    const tried = await readFile(join(deploy, "prometheus/alerts.test.yml"), "utf8");
    const alerts = [...text.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
    expect(alerts.length).toBeGreaterThanOrEqual(7);
    for (const alert of alerts) expect(tried).toContain(alert);
  });

  it("takes the configuration", async () => {
    await using folder = await temporaryFolder();
    await cp(join(deploy, "prometheus"), folder.path, { recursive: true });
    const file = join(folder.path, "prometheus.yml");
    const token = join(folder.path, "token");
    await writeFile(token, "a token");
    await writeFile(file, (await readFile(file, "utf8")).replace("/keys/admin/token", token));
    expect(await promtool(["check", "config", file])).toContain("SUCCESS");
  });

  it("takes the metrics of a coordinator and of a worker that have run a job", async () => {
    await using folder = await temporaryFolder();
    const shard = join(folder.path, "shard");
    const set = await mnist("test");
    const [part = new Int32Array()] = partition(set, { kind: "iid", shards: 20 }, 1);
    await writeShard(shard, "alice", subset(set, part));
    await using federation = await startFederation(folder.path);
    const alice = federation.startWorker({ name: "alice", data: shard, args: ["--metrics-port", "0"] });
    const spec = {
      model: "mcmahan-2nn",
      dataset: "mnist",
      rounds: 1,
      cohort: { minimum: 1 },
      evaluation: { every: 0 },
    };
    const { id } = await federation.client.jobs.create(
      checkJobSpec({ ...spec, training: { batchSize: 10, maxBatches: 2 } }),
    );
    for await (const _ of federation.client.watch(id));
    const atCoordinator = await ofCoordinator(federation);
    const atWorker = await ofWorker(alice.log);
    expect(atCoordinator).toMatch(/^tributary_rounds_total\{status="finished"\} 1$/m);
    for (const metrics of [atCoordinator, atWorker])
      expect(foundIn(await promtool(["check", "metrics"], { input: metrics }).catch(complaints))).toEqual([]);
  });
});

/** promtool ends with 3 for what is only a matter of style. */
const complaints = (error: unknown): string =>
  z
    .object({ stdout: z.string(), stderr: z.string() })
    .transform(({ stdout, stderr }) => stdout + stderr)
    .parse(error);

/** What promtool has against our own metrics; Node's names are those of the library. */
const foundIn = (said: string): string[] =>
  said.split("\n").filter((line) => line !== "" && !/^(nodejs|process)_/.test(line));

describe("the dashboard", () => {
  it("asks for metrics that there are", async () => {
    const guide = await readFile(fileURLToPath(new URL("../../docs/guides/observability.md", import.meta.url)), "utf8");
    const files = await readdir(join(deploy, "grafana/dashboards"));
    expect(files).toEqual(["tributary.json"]);
    const dashboardSchema = z.object({
      panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })) })),
    });
    const text = await readFile(join(deploy, "grafana/dashboards/tributary.json"), "utf8");
    const { panels } = dashboardSchema.parse(JSON.parse(text));
    const alerts = await readFile(join(deploy, "prometheus/alerts.yml"), "utf8");
    const queries = [alerts, ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))];
    const names = new Set(queries.flatMap((query) => query.match(/\btributary_\w+/g) ?? []));
    expect(names.size).toBeGreaterThan(15);
    for (const name of names) expect(guide).toContain(`\`${name.replace(/_(bucket|sum|count)$/, "")}\``);
  });
});
