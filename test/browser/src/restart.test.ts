import { join } from "node:path";
import type { LocalFederation } from "@tributary/cli";
import { partitionDataset } from "@tributary/data";
import { checkJobSpec } from "@tributary/federation";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder } from "../../src/support/federation.js";
import { browserFile, openBrowser } from "./chromium.js";
import { lookAt } from "./look.js";
import { type PageWatch, watchPage } from "./page-watch.js";
import { signedIn } from "./signed-in.js";

const ROUNDS = 10_000;

describe.skipIf(browserFile === undefined)("a job's page over the end of its coordinator, in a browser", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  /** The first has the worker, the second only a coordinator. */
  let first: LocalFederation;
  let federation: LocalFederation;
  let browser: Browser;
  let page: Page;
  let watch: PageWatch;
  let job: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    first = await startFederation(folder.path);
    federation = first;
    const out = join(folder.path, "shards");
    const iid = { kind: "iid", shards: 2 } as const;
    await partitionDataset({ dataset: "mnist", split: "test", spec: iid, names: ["alice", "spare"], out, seed: 1 });
    first.startWorker({ name: "alice", data: join(out, "alice") });
    const spec = { name: "goes on", model: "logistic", dataset: "mnist", rounds: ROUNDS, cohort: { minimum: 1 } };
    const training = { batchSize: 8, maxBatches: 1 };
    job = (await first.client.jobs.create(checkJobSpec({ ...spec, training, evaluation: { every: 0 } }))).id;
    browser = await openBrowser();
    page = await signedIn(browser, first);
    watch = watchPage(page);
    await page.goto(`${first.url}/#/jobs/${job}`);
  });
  afterAll(async () => {
    await browser?.close();
    await first?.stop();
    await federation?.stop();
    await folder?.[Symbol.asyncDispose]();
  });

  it("goes on by itself when it was killed and started again, without being loaded again", async () => {
    await page.evaluate("window.mark = 1");
    await page.getByRole("tab", { name: "Rounds" }).click();
    await expect.poll(roundsDone, { timeout: 30_000 }).toBeGreaterThan(2);
    federation.coordinator.kill("SIGKILL");
    await federation.coordinator.exited;
    await page.getByRole("alert").getByText("has not answered").waitFor();
    const before = await roundsDone();
    expect(before).toBeGreaterThan(2);
    await lookAt(page, "job-disconnected");

    federation = await startFederation(folder.path, { port: Number(new URL(first.url).port) });
    await page.getByRole("status").getByText("Live").waitFor({ timeout: 30_000 });
    await expect.poll(roundsDone, { timeout: 60_000 }).toBeGreaterThan(before + 2);
    expect(await page.getByRole("alert").count()).toBe(0);
    // What is listed goes on as well as what is summed up.
    const newest = page.getByRole("table", { name: "Rounds" }).locator("tbody tr").first().getByRole("button");
    await expect.poll(async () => Number(await newest.innerText())).toBeGreaterThan(before + 2);
    await page.getByRole("tab", { name: "Logs" }).click();
    await page.getByRole("tabpanel").getByLabel("Show").waitFor();
    await page.getByRole("button", { name: "Cancel goes on" }).click();
    await page.getByRole("button", { name: "Cancel the job" }).click();
    await page.locator(".facts").getByText("cancelled", { exact: true }).waitFor();
    expect(await page.evaluate("window.mark")).toBe(1);
    expect(watch.errors).toEqual([]);
  });

  async function roundsDone(): Promise<number> {
    const text = await page.locator(".facts").getByText(`of ${ROUNDS} rounds`).innerText();
    return Number(text.split(" ")[0]);
  }
});
