import { setTimeout } from "node:timers/promises";
import type { LocalFederation } from "@tributary/cli";
import { Peer } from "@tributary/coordinator/testing";
import { checkJobSpec } from "@tributary/federation";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder } from "../../src/support/federation.js";
import { browserFile, openBrowser } from "./chromium.js";
import { lookAt } from "./look.js";
import { signedIn } from "./signed-in.js";

const WORKERS = 12;
const ROUND_MS = 100;
const numbered = (at: number): string => `peer-${String(at).padStart(2, "0")}`;

/** No tag is longer, and these have no place where they would be broken. */
const tags = ["gpu", "x".repeat(64), "y".repeat(64)];
const about = (at: number) => (at === 1 ? { tags, memory: 16_000_000_000 } : {});

describe.skipIf(browserFile === undefined)("steering a job of many workers in a browser", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let federation: LocalFederation;
  const peers: Peer[] = [];
  let browser: Browser;
  let page: Page;
  let job: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    federation = await startFederation(folder.path);
    const { url, joinToken: token } = federation;
    for (let at = 1; at <= WORKERS; at++)
      peers.push(await Peer.join({ url, token, name: numbered(at), loss: at, train: trainForAWhile, ...about(at) }));
    const spec = { name: "steered", model: "logistic", dataset: "mnist", rounds: 10_000 };
    const cohort = { size: WORKERS, minimum: WORKERS, quorum: 2 };
    job = (await federation.client.jobs.create(checkJobSpec({ ...spec, cohort, evaluation: { every: 0 } }))).id;
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

  it("shows a worker's tags and memory, and finds it by a tag", async () => {
    const row = page.getByRole("row", { name: numbered(1) });
    expect(await row.getByRole("listitem").allInnerTexts()).toEqual(tags);
    await row.getByRole("cell", { name: "16 GB", exact: true }).waitFor();
    // A long one is broken, and does not push the other columns away.
    expect((await row.getByRole("list").boundingBox())?.width).toBeLessThan(240);
    await look("federation-tags");
    const rows = page.getByRole("table", { name: "Workers" }).locator("tbody tr");
    expect(await rows.count()).toBe(WORKERS);
    await page.getByLabel("Name or tag").fill("GPU");
    expect(await rows.count()).toBe(1);
  });

  it("shows the updates of those workers that are chosen: page by page, by name, or the worst first", async () => {
    await expect.poll(async () => (await federation.client.jobs.get(job)).model?.round ?? 0).toBeGreaterThan(2);
    await page.goto(`${federation.url}/#/jobs/${job}`);
    const legend = page.getByRole("figure", { name: "Loss", exact: true }).getByRole("listitem");
    const drawn = async () => (await legend.allInnerTexts()).map((text) => text.trim());
    // Nobody scores the global model here.
    const workers = (...numbers: number[]) => numbers.map(numbered);
    await expect.poll(drawn).toEqual(workers(1, 2, 3, 4, 5, 6, 7));
    await page.getByText(`1 to 7 of ${WORKERS} workers`).waitFor();
    await page.getByRole("button", { name: "Next" }).focus();
    await page.keyboard.press("Enter");
    await expect.poll(drawn).toEqual(workers(8, 9, 10, 11, 12));
    await page.getByLabel("In the order of").selectOption("worst");
    await expect.poll(drawn).toEqual(workers(12, 11, 10, 9, 8, 7, 6));
    await look("job-workers");
    await page.getByLabel("Workers", { exact: true }).fill("-02, -11");
    await expect.poll(drawn).toEqual(workers(11, 2));
    await page.getByLabel("Workers", { exact: true }).fill("nobody");
    await page.getByText("No worker is called that.").waitFor();
  });

  it("changes a running job by a form that says what is wrong as one types, and what changes before it is sent", async () => {
    await page.goto(`${federation.url}/#/jobs/${job}`);
    await page.getByRole("tab", { name: "Change" }).click();
    const rounds = page.getByRole("textbox", { name: "Rounds", exact: true }).first();
    expect(await rounds.inputValue()).toBe("10000");
    await rounds.fill("many");
    await page.getByText("expected number", { exact: false }).first().waitFor();
    expect(await rounds.getAttribute("aria-invalid")).toBe("true");
    await page.getByLabel("Quorum").fill(`${WORKERS + 1}`);
    await rounds.fill("20000");
    await page.getByText(`must be at most cohort.size (${WORKERS})`).first().waitFor();
    await look("job-change-wrong");
    await page.getByLabel("Quorum").fill("");
    const list = page.getByRole("table", { name: "What changes" });
    expect(await list.locator("tbody tr").allInnerTexts()).toEqual(["rounds\t10000\t20000", "cohort.quorum\t2\t–"]);
    await look("job-change");
    await page.getByLabel("Wall clock seconds").focus();
    await page.keyboard.type("7200");
    await page.keyboard.press("Enter");
    await page.getByText("Changed: it holds from now on.").waitFor();
    const { spec, status } = await federation.client.jobs.get(job);
    expect([status, spec.rounds, spec.cohort.quorum, spec.stop]).toEqual([
      ...["running", 20_000, undefined],
      { wallClockSeconds: 7_200 },
    ]);
    expect(await rounds.inputValue()).toBe("20000");
    await page.getByRole("tab", { name: "JobSpec" }).click();
    await page.getByText("rounds: 20000").waitFor();
  });

  it("changes a paused job, and says beside the field what the coordinator says of it", async () => {
    await federation.client.jobs.pause(job);
    await page.getByRole("tab", { name: "Change" }).click();
    const field = page.getByRole("group", { name: "Cohort" }).locator(".field", { hasText: "Deadline seconds" });
    const deadline = field.getByRole("textbox");
    await deadline.fill("45");
    const refusal = {
      type: "urn:tributary:problem:invalid_job_spec",
      title: "invalid job spec",
      status: 422,
      hint: "",
    };
    const detail = "cohort.deadlineSeconds: is too short for this site";
    await page.route("**/v1/jobs/*", (route) =>
      route.request().method() === "PATCH"
        ? route.fulfill({ status: 422, json: { ...refusal, detail, code: "invalid_job_spec" } })
        : route.fallback(),
    );
    await page.keyboard.press("Enter");
    await field.getByText("is too short for this site").waitFor();
    await page.unroute("**/v1/jobs/*");
    await deadline.fill("46");
    await page.getByRole("button", { name: "Change the job" }).click();
    await page.getByText("Changed: it holds from now on.").waitFor();
    const { spec, status } = await federation.client.jobs.get(job);
    expect([status, spec.cohort.deadlineSeconds]).toEqual(["paused", 46]);
    await page.getByRole("link", { name: "What happened in it" }).click();
    await page.getByLabel("Action").selectOption("job.change");
    await page.getByText("2 lines,").waitFor();
    await federation.client.jobs.resume(job);
  });

  const look = (view: string): Promise<void> => lookAt(page, view);
});

async function trainForAWhile<Model>(model: Model): Promise<Model> {
  await setTimeout(ROUND_MS);
  return model;
}
