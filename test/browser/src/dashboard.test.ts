import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalFederation, type NodeProcess, startNode } from "@tributary/cli";
import { partitionDataset } from "@tributary/data";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withDatabase } from "../../src/support/database.js";
import { browserFile, openBrowser } from "./chromium.js";
import { DESK, lookAt } from "./look.js";
import { type PageWatch, watchPage } from "./page-watch.js";

const HOSTILE = "<img src=x onerror=alert(1)>";

/** Small enough to be quick, large enough to learn digits. */
const spec = {
  name: HOSTILE,
  model: "mcmahan-2nn",
  dataset: "mnist",
  rounds: 2,
  training: { epochs: 2, batchSize: 16, learningRate: 0.1 },
  evaluation: { updates: true },
};

describe.skipIf(browserFile === undefined)("the dashboard in a browser", () => {
  let folder: string;
  let federation: LocalFederation;
  let bob: NodeProcess;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let watch: PageWatch;
  let finished: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-browser-"));
    const names = ["alice", "bob", "judge", ...Array.from({ length: 7 }, (_, at) => `spare-${at}`)];
    const shards = join(folder, "shards");
    const iid = { kind: "iid", shards: names.length } as const;
    await partitionDataset({ dataset: "mnist", split: "test", spec: iid, names, out: shards, seed: 1 });
    federation = await LocalFederation.start({
      folder: await withDatabase(folder),
      env: { TRIBUTARY_BACKEND: "wasm" },
    });
    const start = (name: string, role: "train" | "evaluate", args: readonly string[] = []) =>
      federation.startWorker({ name, role, args, data: join(shards, name) });
    start("alice", "train", ["--share-labels"]);
    bob = start("bob", "train");
    start("judge", "evaluate");
    const { id } = await federation.client.jobs.create({ ...spec, cohort: { minimum: 2 } });
    finished = id;
    browser = await openBrowser();
    context = await browser.newContext({ viewport: DESK, colorScheme: "light", acceptDownloads: true });
    page = await context.newPage();
    page.setDefaultTimeout(20_000);
    watch = watchPage(page);
  });

  afterAll(async () => {
    await browser?.close();
    await federation?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  it("says that a token is wrong, and takes the right one", async () => {
    await page.goto(federation.url);
    await look("sign-in");
    await page.getByLabel("Admin token").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("the token is wrong").waitFor();
    await page.getByLabel("Admin token").fill(federation.adminToken);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Federation" }).waitFor();
    expect(await page.evaluate("JSON.stringify([sessionStorage, localStorage])")).not.toContain(federation.adminToken);
  });

  it("keeps the token until the tab is closed when it is told to", async () => {
    const fresh = await context.newPage();
    await fresh.goto(federation.url);
    await fresh.getByLabel("Admin token").fill(federation.adminToken);
    await fresh.getByLabel("Stay signed in").check();
    await fresh.keyboard.press("Enter");
    await fresh.getByRole("heading", { name: "Federation" }).waitFor();
    await fresh.reload();
    await fresh.getByRole("table", { name: "Workers" }).waitFor();
    await fresh.getByRole("button", { name: "Sign out" }).click();
    await fresh.getByLabel("Admin token").waitFor();
    expect(await fresh.evaluate("sessionStorage.length")).toBe(0);
    await fresh.close();
  });

  it("shows the workers, and a job whose name is text and no more", async () => {
    for (const name of ["alice", "bob", "judge"]) await page.getByRole("rowheader", { name }).waitFor();
    await look("federation");
    await page.getByRole("link", { name: "Jobs" }).click();
    await page.getByRole("link", { name: HOSTILE, exact: true }).waitFor();
    await page.locator("tr", { hasText: HOSTILE }).getByText("completed").waitFor({ timeout: 60_000 });
    await look("jobs");
    expect(await page.locator("img").count()).toBe(0);
  });

  it("shows each part of a job", async () => {
    await page.getByRole("link", { name: HOSTILE, exact: true }).click();
    await page.getByRole("heading", { level: 1, name: HOSTILE }).waitFor();
    await page.locator("canvas").first().waitFor();
    await page.getByText("Show as a table").first().click();
    await page.getByRole("table", { name: "Accuracy as a table" }).waitFor();
    for (const tab of ["Learning", "Rounds", "Logs", "Confusion", "Labels", "Versions", "JobSpec", "Compare"]) {
      await page.getByRole("tab", { name: tab }).click();
      if (tab === "Rounds") await page.getByRole("img", { name: /^alice: download .*, train .*, upload / }).waitFor();
      if (tab === "Logs") await page.getByText("No worker warned of anything").waitFor();
      if (tab === "Confusion") await page.getByRole("table", { name: "Confusion matrix of round 2" }).waitFor();
      if (tab === "Labels") {
        const table = page.getByRole("table", { name: "Samples of each class by worker" });
        await table.getByRole("rowheader", { name: "alice" }).waitFor();
        expect(await table.locator("tbody tr").count()).toBe(1);
        expect(await table.getByRole("cell").count()).toBe(11);
      }
      if (tab === "JobSpec") await page.getByText("model: mcmahan-2nn").waitFor();
      await look(`job-${tab.toLowerCase()}`);
    }
  });

  it("downloads a version, whole, in each format that the command line writes", async () => {
    await page.getByRole("tab", { name: "Versions" }).click();
    const save = async (format: string, ending = format) => {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: `Download round 2 as ${format}` }).click(),
      ]);
      expect(download.suggestedFilename()).toBe(`${finished}-round-2.${ending}`);
      return readFile(await download.path());
    };
    const model = await federation.client.models.fetch(finished, 2);
    expect(Buffer.compare(await save("safetensors"), model)).toBe(0);
    for (const [format, ending] of [
      ["onnx", "onnx"],
      ["tfjs", "zip"],
    ] as const) {
      const exported = join(folder, `exported.${ending}`);
      const command = startNode(
        ["model", "export", "mcmahan-2nn", "--job", finished, "--round", "2", "--output", exported],
        join(folder, "export.log"),
        { env: { TRIBUTARY_COORDINATOR: federation.url, TRIBUTARY_TOKEN: federation.adminToken } },
      );
      await command.exited;
      expect(Buffer.compare(await save(format, ending), await readFile(exported))).toBe(0);
    }
  });

  it("has the buttons of a version on a phone without scrolling", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const format of ["safetensors", "onnx", "tfjs"]) {
      const box = await page.getByRole("button", { name: `Download round 2 as ${format}` }).boundingBox();
      expect((box?.x ?? Number.NaN) + (box?.width ?? Number.NaN)).toBeLessThan(390);
    }
    await page.setViewportSize(DESK);
  });

  it("keeps a chosen round, and finds the newest score, however many rounds come", async () => {
    const { id } = await federation.client.jobs.create({
      ...{ name: "quick", model: "logistic", dataset: "mnist", rounds: 10_000, cohort: { minimum: 2 } },
      ...{ training: { batchSize: 8, maxBatches: 1, learningRate: 0.1 }, evaluation: { every: 5_000 } },
    });
    await page.goto(`${federation.url}/#/jobs/${id}`);
    await page.getByRole("tab", { name: "Rounds" }).click();
    const show = async (round: number) => {
      await page.getByLabel("Round", { exact: true }).fill(`${round}`);
      await page.getByRole("button", { name: "Show", exact: true }).click();
    };
    await show(3);
    const chosen = page.getByRole("heading", { name: "Round 3 finished" });
    await chosen.waitFor();
    // By then the page has dropped the first rounds.
    const progress = page.locator(".facts").getByText(/^(2[5-9]\d|[3-9]\d\d|\d{4}) of 10000 rounds$/);
    await progress.waitFor({ timeout: 150_000 });
    await federation.client.jobs.pause(id);
    expect(await chosen.isVisible()).toBe(true);
    await show(120);
    await page.getByRole("heading", { name: "Round 120 finished" }).waitFor();
    await page.getByRole("button", { name: "Older" }).click();
    await page.getByRole("button", { name: "100", exact: true }).click();
    await page.getByRole("heading", { name: "Round 100 finished" }).waitFor();
    await look("job-rounds-older");
    await page.getByRole("button", { name: "Follow the newest round" }).click();
    await page.getByRole("tab", { name: "Confusion" }).click();
    await page.getByRole("table", { name: "Confusion matrix of round 1", exact: true }).waitFor();
    await federation.client.jobs.cancel(id);
  });

  it("computes in the browser what a drawn digit is, and gets it right", async () => {
    await page.goto(`${federation.url}/#/try/${finished}`);
    const pad = page.getByRole("img", { name: "Drawing" });
    await pad.waitFor();
    const answer = page.locator("output");
    const turn = Array.from({ length: 17 }, (_, at) => (at / 16) * 2 * Math.PI);
    const zero = turn.map((angle) => [140 + 55 * Math.sin(angle), 140 - 85 * Math.cos(angle)] as const);
    await stroke(pad, zero);
    await answer.getByText("0", { exact: true }).waitFor();
    await look("try-model");
    await page.getByRole("button", { name: "Clear" }).click();
    await page.getByText("The prediction appears here").waitFor();
    await stroke(pad, [[155, 50] as const, [140, 230] as const]);
    await answer.getByText("1", { exact: true }).waitFor();
  });

  it("makes a job from the form, with checks as one types, and its rounds arrive live", async () => {
    await page.getByRole("link", { name: "New job" }).click();
    await page.getByLabel("Name", { exact: true }).first().fill("from the form");
    await page.getByLabel("Model").first().fill("mcmahan-2nn");
    await page.getByLabel("Rounds", { exact: true }).first().fill("none");
    await page.getByText("expected number", { exact: false }).first().waitFor();
    await page.getByLabel("Rounds", { exact: true }).first().fill("400");
    await page.getByRole("button", { name: "Submit the job" }).click();
    await page.getByText("dataset: is needed").waitFor();
    await look("new-job");
    await page.getByLabel("Dataset").first().fill("mnist");
    const yaml = page.getByLabel("The same as YAML");
    expect(await yaml.inputValue()).toBe("name: from the form\nmodel: mcmahan-2nn\nrounds: 400\ndataset: mnist\n");
    await yaml.fill(`${await yaml.inputValue()}cohort:\n  deadlineSeconds: 20\n`);
    expect(await page.getByLabel("Deadline seconds").first().inputValue()).toBe("20");
    await page.getByRole("button", { name: "Submit the job" }).click();
    await page.getByRole("heading", { level: 1, name: "from the form" }).waitFor();
    await page.getByText(/^[1-9] of 400 rounds/).waitFor();
    await page.getByText(/^[3-9] of 400 rounds/).waitFor();
    await page.locator("canvas").first().waitFor();
  });

  it("pauses and resumes it", async () => {
    await page.getByRole("button", { name: "Pause" }).click();
    const state = page.locator(".facts").getByText("paused", { exact: true });
    await state.waitFor();
    await page.getByRole("button", { name: "Resume" }).click();
    await page.locator(".facts").getByText("running", { exact: true }).waitFor();
  });

  it("shows a killed worker as offline within 5 s", async () => {
    await page.getByRole("link", { name: "Federation" }).click();
    const row = page.locator("tr", { hasText: "bob" });
    await row.waitFor();
    expect(await row.getByText("offline since").count()).toBe(0);
    bob.kill("SIGKILL");
    await row.getByText("offline since").waitFor({ timeout: 5_000 });
    await look("federation-offline");
  });

  it("goes on over a restart of the coordinator, without being loaded again", async () => {
    await page.evaluate("window.mark = 1");
    const port = Number(new URL(federation.url).port);
    await federation.coordinator.stop();
    await page.getByRole("alert").getByText("has not answered").waitFor();
    await look("disconnected");
    const next = await LocalFederation.start({ folder, port, env: { TRIBUTARY_BACKEND: "wasm" } });
    try {
      await page.getByRole("status").getByText("Live").waitFor();
      await page
        .locator("tr", { hasText: "alice" })
        .getByText(/idle|training/)
        .waitFor({ timeout: 20_000 });
      await page.getByRole("link", { name: "Jobs" }).click();
      await page.getByRole("link", { name: "from the form", exact: true }).click();
      await page.getByRole("heading", { level: 1, name: "from the form" }).waitFor();
      expect(await page.evaluate("window.mark")).toBe(1);
      await page.getByRole("tab", { name: "JobSpec" }).click();
      await page.getByLabel("Other job").selectOption(finished);
      await page.getByRole("table", { name: "Differences" }).getByText("cohort.deadlineSeconds").waitFor();
      await page.getByRole("tab", { name: "Compare" }).click();
      await page.getByLabel(HOSTILE).check();
      await page.getByRole("figure", { name: "Loss of the global models" }).getByText(HOSTILE).waitFor();
      await look("job-compare-two");
      await page.getByRole("button", { name: "Cancel" }).click();
      await look("job-cancel");
      await page.getByRole("button", { name: "Cancel the job" }).click();
      await page.locator(".facts").getByText("cancelled", { exact: true }).waitFor();
      await page.getByRole("link", { name: "Audit" }).click();
      await page.getByText("Verified.").waitFor();
      await page.getByLabel("Action").selectOption("job.cancel");
      await page.getByText("2 lines,").waitFor();
      await look("audit");
    } finally {
      await next.stop();
    }
  });

  it("told nobody the token, and broke no rule of its own policy", () => {
    expect(watch.urls.filter((url) => url.includes(federation.adminToken))).toEqual([]);
    expect(watch.console.filter((line) => line.includes(federation.adminToken))).toEqual([]);
    expect(watch.console.filter((line) => /Content Security Policy/.test(line))).toEqual([]);
    expect(watch.errors).toEqual([]);
  });

  /** Draws a line with the mouse, through points of the drawing. */
  async function stroke(pad: Locator, points: readonly (readonly [number, number])[]): Promise<void> {
    await pad.scrollIntoViewIfNeeded();
    const box = await pad.boundingBox();
    for (const [at, [x, y]] of points.entries()) {
      await page.mouse.move((box?.x ?? 0) + x, (box?.y ?? 0) + y);
      if (at === 0) await page.mouse.down();
    }
    await page.mouse.up();
  }

  const look = (view: string): Promise<void> => lookAt(page, view);
});
