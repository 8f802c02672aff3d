import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { LocalFederation } from "@tributary/cli";
import { partitionDataset } from "@tributary/data";
import { checkJobSpec } from "@tributary/federation";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../../src/support/command.js";
import { startFederation, temporaryFolder } from "../../src/support/federation.js";
import { seriousIssues } from "./accessibility.js";
import { browserFile, openBrowser } from "./chromium.js";

/** What people look at after a run; ignored by git. */
const screenshots = fileURLToPath(new URL("../../../.tributary/screenshots/", import.meta.url));
const HOSTILE = "<img src=x onerror=\"document.title='taken'\">";

describe.skipIf(browserFile === undefined)("a job's report in a browser", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let federation: LocalFederation;
  let browser: Browser;
  let job: string;
  const file = () => join(folder.path, "report.html");

  beforeAll(async () => {
    folder = await temporaryFolder();
    federation = await startFederation(folder.path);
    const names = ["alice", "bob", "judge"];
    const shards = join(folder.path, "shards");
    const iid = { kind: "iid", shards: names.length } as const;
    await partitionDataset({ dataset: "mnist", split: "test", spec: iid, names, out: shards, seed: 1 });
    for (const name of names)
      federation.startWorker({ name, data: join(shards, name), role: name === "judge" ? "evaluate" : "train" });
    const training = { maxBatches: 5, batchSize: 16, learningRate: 0.1 };
    const spec = { name: HOSTILE, model: "logistic", dataset: "mnist", rounds: 3, training };
    job = (await federation.client.jobs.create(checkJobSpec({ ...spec, cohort: { minimum: 2 } }))).id;
    for await (const _ of federation.client.watch(job));
    const env = { TRIBUTARY_COORDINATOR: federation.url, TRIBUTARY_TOKEN: federation.adminToken };
    const { exitCode, stderr } = await runCommand(["report", job, "--output", file()], { cwd: folder.path, env });
    expect(exitCode, stderr).toBe(0);
    browser = await openBrowser();
    await mkdir(screenshots, { recursive: true });
  });
  afterAll(async () => {
    await browser?.close();
    await federation?.stop();
    await rm(folder.path, { recursive: true, force: true });
  });

  for (const colorScheme of ["light", "dark"] as const)
    it(`opens from the disk in ${colorScheme}, asks for nothing else, and can be read by everybody`, async () => {
      const page = await browser.newPage({ colorScheme });
      const asked: string[] = [];
      const said: string[] = [];
      page.on("request", (request) => asked.push(request.url()));
      page.on("console", (line) => said.push(line.text()));
      page.on("pageerror", (error) => said.push(error.message));
      await page.goto(pathToFileURL(file()).href);
      expect(await page.title()).toContain("<img");
      expect(await page.locator("img").count()).toBe(0);
      expect(await page.locator("svg").count()).toBeGreaterThanOrEqual(4);
      const text = (await page.locator("body").textContent()) ?? "";
      for (const { digest } of await federation.client.models.list(job)) expect(text).toContain(digest);
      await page.screenshot({ path: join(screenshots, `report-${colorScheme}.png`), fullPage: true });
      expect(await seriousIssues(page)).toEqual([]);
      expect(said).toEqual([]);
      expect(asked).toEqual([pathToFileURL(file()).href]);
      await page.close();
    });
});
