import type { LocalFederation } from "@tributary/cli";
import type { Browser, Page, Route } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder } from "../../src/support/federation.js";
import { browserFile, openBrowser } from "./chromium.js";
import { DESK, lookAt, PHONE } from "./look.js";
import { signedIn } from "./signed-in.js";

const spec = { name: "waits", model: "logistic", dataset: "mnist", rounds: 3 } as const;

describe.skipIf(browserFile === undefined)("what a page shows when there is nothing, or not yet", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let federation: LocalFederation;
  let browser: Browser;
  let page: Page;
  let job: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    federation = await startFederation(folder.path);
    browser = await openBrowser();
    page = await signedIn(browser, federation);
  });
  afterAll(async () => {
    await browser?.close();
    await federation?.stop();
    await folder?.[Symbol.asyncDispose]();
  });

  const show = (hash: string): Promise<unknown> => page.goto(`${federation.url}/#${hash}`);
  const text = (words: string) => page.getByRole("main").getByText(words, { exact: false }).first().waitFor();

  it("says that no worker has joined, and how one does", async () => {
    await text("No worker has joined yet");
    await text(`tributary worker --coordinator ${federation.url}`);
    await lookAt(page, "federation-empty");
  });

  it("says that there is no job, and no model to try", async () => {
    await show("/jobs");
    await text("No job yet");
    await lookAt(page, "jobs-empty");
    await show("/try");
    await text("No job has a model yet");
    await lookAt(page, "try-model-empty");
  });

  it("says that a job does not exist, nor what is to be cloned, and leads back", async () => {
    await show("/new/nothing");
    await text("There is no job nothing to clone.");
    await lookAt(page, "new-job-unknown");
    await show("/jobs/nothing");
    await text("There is no such job");
    await lookAt(page, "job-unknown");
    await page.getByRole("link", { name: "See all jobs" }).click();
    await page.getByRole("heading", { level: 1, name: "Jobs" }).waitFor();
  });

  it("says of each part of a job that waits that there is nothing yet", async () => {
    job = (await federation.client.jobs.create(spec)).id;
    await show(`/jobs/${job}`);
    const waits = page.getByText("waits for 1 workers, 0 are there");
    await waits.waitFor();
    await page.setViewportSize(PHONE);
    const state = page.locator(".facts > div").first();
    const [inner, card] = await Promise.all([waits.boundingBox(), state.boundingBox()]);
    expect((inner?.x ?? 0) + (inner?.width ?? 0)).toBeLessThanOrEqual((card?.x ?? 0) + (card?.width ?? 0));
    await page.setViewportSize(DESK);
    for (const [tab, words] of [
      ["Learning", "No round has begun yet"],
      ["Rounds", "No round has begun yet"],
      ["Logs", "No worker warned of anything"],
      ["Confusion", "No confusion matrix yet"],
      ["Labels", "No worker shares its labels"],
      ["Compare", "There is no other job to compare with"],
    ] as const) {
      await page.getByRole("tab", { name: tab }).click();
      await text(words);
      await lookAt(page, `job-empty-${tab.toLowerCase()}`);
    }
  });

  it("says that a part is on its way, and shows it when it is there", async () => {
    const answer = await held("**/v1/jobs/*/logs*");
    await page.getByRole("tab", { name: "Logs" }).click();
    await page.getByRole("status").getByText("Loading the log").waitFor();
    await lookAt(page, "job-loading-logs");
    await answer();
    await text("No worker warned of anything");
  });

  it("says that a page is on its way, and shows it when it is there", async () => {
    const answer = await held(`**/v1/jobs/${job}/series*`);
    await signInAgain();
    await page.getByRole("status").getByText("Loading the job").waitFor();
    await lookAt(page, "job-loading");
    await answer();
    await page.getByRole("heading", { level: 1, name: "waits" }).waitFor();
  });

  it("says that the workers are on their way, and shows them when they are there", async () => {
    const answer = await held("**/v1/events*");
    await show("/");
    await signInAgain();
    await page.getByRole("status").getByText("Loading the workers").waitFor();
    await lookAt(page, "federation-loading");
    await answer();
    await text("No worker has joined yet");
  });

  it("says why a part cannot be read, and reads it when it is asked again", async () => {
    const routes = ["**/v1/jobs/*/logs*", "**/v1/jobs/*/models*"];
    for (const url of routes) await page.route(url, (route) => route.abort());
    await show(`/jobs/${job}`);
    for (const tab of ["Logs", "Versions"]) {
      await page.getByRole("tab", { name: tab }).click();
      await page.getByRole("tabpanel").getByRole("alert").waitFor({ timeout: 60_000 });
      await lookAt(page, `job-failed-${tab.toLowerCase()}`);
    }
    for (const url of routes) await page.unroute(url);
    await page.getByRole("tab", { name: "Learning" }).click();
    await page.getByRole("tab", { name: "Logs" }).click();
    await text("No worker warned of anything");
    expect(await page.getByRole("tabpanel").getByRole("alert").count()).toBe(0);
  });

  it("says that the coordinator does not answer at all", async () => {
    await page.route("**/v1/**", (route) => route.abort());
    await show("/");
    await signInAgain();
    await page.getByRole("alert").first().waitFor();
    await lookAt(page, "sign-in-failed");
    await page.unroute("**/v1/**");
  });

  /** A page that is loaded again knows nothing. */
  async function signInAgain(): Promise<void> {
    await page.reload();
    await page.getByLabel("Admin token").fill(federation.adminToken);
    await page.keyboard.press("Enter");
  }

  /** Holds what is asked for until the answer is called for. */
  async function held(url: string): Promise<() => Promise<void>> {
    const waiting: Route[] = [];
    await page.route(url, (route) => {
      waiting.push(route);
    });
    return async () => {
      await page.unroute(url);
      for (const route of waiting) await route.continue().catch(() => undefined);
    };
  }
});
