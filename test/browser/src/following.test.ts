import type { LocalFederation } from "@tributary/cli";
import { Peer } from "@tributary/coordinator/testing";
import { checkJobSpec, type JobSpecInput } from "@tributary/federation";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder } from "../../src/support/federation.js";
import { browserFile, openBrowser } from "./chromium.js";
import { DESK } from "./look.js";
import { signedIn } from "./signed-in.js";

describe.skipIf(browserFile === undefined)("a page that follows the federation's stream", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let federation: LocalFederation;
  const peers: Peer[] = [];
  let browser: Browser;
  let page: Page;

  const submit = async (name: string, change: Partial<JobSpecInput> = {}): Promise<string> => {
    const spec = { name, model: "logistic", dataset: "mnist", rounds: 1, cohort: { minimum: 1 }, ...change };
    return (await federation.client.jobs.create(checkJobSpec(spec))).id;
  };
  const ended = async (id: string): Promise<void> => {
    for await (const _ of federation.client.watch(id));
  };
  /** Requests of the page from now on, by their paths. */
  const requests = (path: string): string[] => {
    const asked: string[] = [];
    page.on("request", (request) => {
      if (new URL(request.url()).pathname === path) asked.push(request.url());
    });
    return asked;
  };

  beforeAll(async () => {
    folder = await temporaryFolder();
    federation = await startFederation(folder.path);
    const { url, joinToken: token } = federation;
    peers.push(await Peer.join({ url, token, name: "alice" }));
    peers.push(await Peer.join({ url, token, name: "judge", role: "evaluate" }));
    browser = await openBrowser();
    page = await signedIn(browser, federation);
    await page.getByRole("table", { name: "Workers" }).waitFor();
  });

  afterAll(async () => {
    await browser?.close();
    for (const peer of peers) peer.close();
    await federation?.stop();
    await folder?.[Symbol.asyncDispose]();
  });

  it("reads the audit log when it has new lines, and never else", async () => {
    const asked = requests("/v1/audit");
    await page.getByRole("link", { name: "Audit" }).click();
    await page.getByText("Verified.").waitFor();
    await new Promise((resolve) => setTimeout(resolve, 7_000));
    const before = asked.length;
    expect(before).toBeLessThanOrEqual(2);
    const id = await submit("audited");
    await ended(id);
    await page.getByRole("cell", { name: "job.ended" }).first().waitFor();
    expect(asked.length).toBeGreaterThan(before);
    const { seq } = await federation.client.audit.head();
    await page.getByText(`Each of ${seq} lines`).waitFor();
  });

  it("goes on with the lines of jobs that run, where they are compared, and finds any job by its name", async () => {
    const first = await submit("first");
    await ended(first);
    await page.goto(`${federation.url}/#/jobs/${first}`);
    await page.getByRole("tab", { name: "Compare" }).click();
    // It has not begun: nobody is there for it yet.
    const second = await submit("second", { rounds: 3, cohort: { minimum: 2 }, evaluation: { every: 1 } });
    const asked = requests(`/v1/jobs/${second}/series`);
    await page.getByLabel("Jobs by name").fill("SECO");
    await page.getByRole("checkbox", { name: "first" }).waitFor({ state: "detached" });
    await page.getByRole("checkbox", { name: "audited" }).waitFor({ state: "detached" });
    await page.getByRole("checkbox", { name: "second" }).check();
    const figure = page.getByRole("figure", { name: "Accuracy of the global models" });
    await figure.getByRole("listitem").filter({ hasText: "first" }).waitFor();
    await expect.poll(() => asked.length, { timeout: 20_000 }).toBeGreaterThan(0);
    const { url, joinToken: token } = federation;
    peers.push(await Peer.join({ url, token, name: "bob" }));
    await figure.getByRole("listitem").filter({ hasText: "second" }).waitFor();
    await ended(second);
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    const before = asked.length;
    expect(before).toBeLessThan(6);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(asked).toHaveLength(before);
  });

  it("tells the numbers of a round that are not those of every round", async () => {
    const id = await submit("scheduled", {
      ...{ rounds: 2, cohort: { minimum: 1 }, training: { learningRate: 0.4, learningRateDecay: 0.5, batchSize: 32 } },
      schedules: { "training.batchSize": { name: "piecewise", steps: [{ from: 2, value: 64 }] } },
    });
    await ended(id);
    await page.goto(`${federation.url}/#/jobs/${id}`);
    await page.getByRole("tab", { name: "Rounds" }).click();
    const numbers = page.getByLabel("Numbers of this round");
    const told = () => numbers.locator("dd").allInnerTexts();
    await expect.poll(told, { timeout: 20_000 }).toEqual(["0.1", "64"]);
    expect(await numbers.locator("dt").allInnerTexts()).toEqual(["training.learningRate", "training.batchSize"]);
    await page.getByRole("button", { name: "1", exact: true }).click();
    await expect.poll(told, { timeout: 20_000 }).toEqual(["0.2", "32"]);
  });

  it("has the versions that a running job makes, where a model is tried", async () => {
    const id = await submit("tried", { rounds: 3, cohort: { minimum: 3 }, evaluation: { every: 0 } });
    await expect.poll(async () => (await federation.client.jobs.get(id)).model?.round, { timeout: 20_000 }).toBe(0);
    await page.goto(`${federation.url}/#/try/${id}`);
    const versions = page.getByLabel("Version").locator("option");
    await expect.poll(() => versions.allInnerTexts(), { timeout: 20_000 }).toEqual(["round 0"]);
    const { url, joinToken: token } = federation;
    peers.push(await Peer.join({ url, token, name: "carol" }));
    const all = [3, 2, 1, 0].map((round) => `round ${round}`);
    await expect.poll(() => versions.allInnerTexts(), { timeout: 20_000 }).toEqual(all);
    // What was chosen stays.
    expect(await page.getByLabel("Version").inputValue()).toBe("0");
  });

  it("shows jobs that the stream does not tell of, when older ones are asked for", async () => {
    for (let at = 1; at <= 102; at++) {
      const id = await submit(`many ${at}`, { cohort: { minimum: 9 } });
      await federation.client.jobs.cancel(id);
    }
    const all = (await federation.client.jobs.list({ limit: 1_000 })).length;
    expect(all).toBeGreaterThan(102);
    const later = await browser.newPage({ viewport: DESK });
    later.setDefaultTimeout(20_000);
    await later.goto(`${federation.url}/#/jobs`);
    await later.getByLabel("Admin token").fill(federation.adminToken);
    await later.keyboard.press("Enter");
    await later.getByText("1 to 50 of 100 jobs").waitFor();
    await later.getByRole("button", { name: "Older jobs" }).click();
    await later.getByText(`1 to 50 of ${all} jobs`).waitFor();
    // Those are all.
    await later.getByRole("button", { name: "Older jobs" }).waitFor({ state: "detached" });
    await later.getByRole("button", { name: "Next" }).click();
    await later.getByRole("button", { name: "Next" }).click();
    await later.getByRole("link", { name: "audited", exact: true }).waitFor();
    // What the stream tells comes before them, and each job is there once.
    await submit("newest", { cohort: { minimum: 9 } });
    await later.getByText(`101 to ${all + 1} of ${all + 1} jobs`).waitFor();
    await later.close();
  });
});
