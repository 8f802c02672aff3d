import type { LocalFederation } from "@tributary/cli";
import { Peer } from "@tributary/coordinator/testing";
import { checkJobSpec } from "@tributary/federation";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder } from "../../src/support/federation.js";
import { browserFile, openBrowser } from "./chromium.js";
import { type PageWatch, watchPage } from "./page-watch.js";
import { signedIn } from "./signed-in.js";

/** Another one for each place: each has to be seen. */
const hostile = (place: string): string => `<img src=x onerror="alert('${place}')">`;
const spec = { model: "logistic", dataset: "mnist", rounds: 1, evaluation: { every: 0 } } as const;

describe.skipIf(browserFile === undefined)("texts of others that would be elements, in a browser", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let federation: LocalFederation;
  let mallory: Peer;
  let oscar: Peer;
  let browser: Browser;
  let page: Page;
  let watch: PageWatch;
  const dialogs: string[] = [];
  /** A job whose worker complained, and one that was paused. */
  let failed: string;
  let paused: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    federation = await startFederation(folder.path);
    const { url, joinToken: token, client } = federation;
    mallory = await Peer.connect({ ...{ url, token, name: "mallory" }, onAssignment: complain });
    await mallory.register({ software: hostile("software") });
    oscar = await Peer.connect({ url, token, name: "oscar" });
    await oscar.register({ dataset: hostile("dataset"), backend: hostile("backend") });
    const create = async (name: string, cohort: object) =>
      (await client.jobs.create(checkJobSpec({ ...spec, name, cohort: { minimum: 1, ...cohort } }))).id;
    failed = await create(hostile("name"), { maxAttempts: 1 });
    paused = await create("to be paused", { tags: ["nobody"] });
    await client.jobs.pause(paused, hostile("reason"));
    browser = await openBrowser();
    page = await signedIn(browser, federation);
    watch = watchPage(page);
    page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
  });
  afterAll(async () => {
    await browser?.close();
    mallory?.close();
    oscar?.close();
    await federation?.stop();
    await folder?.[Symbol.asyncDispose]();
  });

  it("are neither the tag nor the name of a worker: the coordinator does not let it in", async () => {
    const { url, joinToken: token } = federation;
    for (const about of [{ tags: [hostile("tag")] }, { name: hostile("worker") }])
      await expect(Peer.join({ url, token, name: "eve", ...about })).rejects.toMatchObject({ code: "invalid_message" });
    expect((await federation.client.workers.list()).map(({ name }) => name)).toEqual(["mallory", "oscar"]);
  });

  it("are shown as text among the workers", async () => {
    for (const place of ["software", "dataset", "backend", "failure"]) await expectText(place);
  });

  it("are shown as text among the jobs", async () => {
    await page.goto(`${federation.url}/#/jobs`);
    await expectText("name");
    await expectText("reason");
  });

  it("are shown as text in a job: refusals and log lines", async () => {
    await page.goto(`${federation.url}/#/jobs/${failed}`);
    await expectText("name");
    await page.getByRole("tab", { name: "Rounds" }).click();
    await expectText("failure");
    await page.getByRole("tab", { name: "Logs" }).click();
    await expectText("log");
    await page.getByRole("tab", { name: "JobSpec" }).click();
    await expectText("name");
  });

  it("are shown as text in a paused job", async () => {
    await page.goto(`${federation.url}/#/jobs/${paused}`);
    await expectText("reason");
  });

  it("are shown as text in the form for another job, the pad and the audit log", async () => {
    await page.goto(`${federation.url}/#/new/${failed}`);
    await expectText("name");
    await page.goto(`${federation.url}/#/try/${failed}`);
    await page.getByText("round 0").or(page.getByText("No job has a model yet")).first().waitFor({ state: "attached" });
    await expectNoElement();
    await page.goto(`${federation.url}/#/audit`);
    await page.getByText("Verified.").waitFor();
    await expectNoElement();
  });

  it("have run nowhere", () => {
    expect(dialogs).toEqual([]);
    expect(watch.errors).toEqual([]);
    expect(watch.urls.filter((url) => new URL(url).pathname === "/x")).toEqual([]);
    expect(watch.console.filter((line) => /Content Security Policy/.test(line))).toEqual([]);
  });

  /** That the text of a place is to be read, and has made no element. */
  async function expectText(place: string): Promise<void> {
    await page.getByText(hostile(place), { exact: false }).first().waitFor();
    await expectNoElement();
  }

  async function expectNoElement(): Promise<void> {
    expect(await page.locator("img, [onerror]").count()).toBe(0);
  }

  /** Says in a line of its log, and then as its failure, what no page may obey. */
  async function complain({ task }: Parameters<Peer["obey"]>[0], { channel }: Peer): Promise<void> {
    const { job = "", round = 0, attempt = 0 } = task ?? {};
    const error = { code: "training_failed", message: hostile("failure") };
    await channel.call("log", { level: "error", code: error.code, message: hostile("log"), job, round });
    await channel.call("failure", { job, round, attempt, error, kind: "training" });
  }
});
