import { join } from "node:path";
import type { LocalFederation } from "@tributary/cli";
import { Peer } from "@tributary/coordinator/testing";
import { partitionDataset } from "@tributary/data";
import { checkJobSpec, type JobSpecInput } from "@tributary/federation";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder } from "../../src/support/federation.js";
import { browserFile, openBrowser } from "./chromium.js";
import { lookAt, PHONE } from "./look.js";
import { signedIn } from "./signed-in.js";

const CODEC = "delta | int8";
const MODEL_CODEC = "float16";
const short = { model: "mcmahan-2nn", dataset: "mnist", rounds: 1, evaluation: { every: 0 } } as const;
const coded: JobSpecInput = {
  ...{ ...short, name: "coded", codec: { update: CODEC, model: MODEL_CODEC } },
  training: { maxBatches: 5 },
  cohort: { size: 2, minimum: 2, quorum: 1, tags: ["coded"] },
};
const held: JobSpecInput = { ...short, name: "held", cohort: { minimum: 1, tags: ["held"] } };

describe.skipIf(browserFile === undefined)("what workers do, in a browser", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let federation: LocalFederation;
  const peers: Peer[] = [];
  /** Lets the worker that waits go on. */
  let goOn = (): void => {};
  let browser: Browser;
  let page: Page;
  let job: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    federation = await startFederation(folder.path);
    const out = join(folder.path, "shards");
    const names = ["alice", "spare"];
    const iid = { kind: "iid", shards: names.length } as const;
    await partitionDataset({ dataset: "mnist", split: "test", spec: iid, names, out, seed: 1 });
    federation.startWorker({ name: "alice", data: join(out, "alice"), args: ["--tag", "coded"] });
    const { url, joinToken: token } = federation;
    peers.push(
      await Peer.join({ ...{ url, token, name: "bela", tags: ["coded"] }, onAssignment: sendNothingOfUse }),
      await Peer.join({ ...{ url, token, name: "cleo", tags: ["held"] }, onAssignment: stepByStep }),
    );
    browser = await openBrowser();
    page = await signedIn(browser, federation);
  });
  afterAll(async () => {
    await browser?.close();
    for (const peer of peers) peer.close();
    await federation?.stop();
    await folder?.[Symbol.asyncDispose]();
  });

  it("shows how many times smaller a codec made the updates, and who was refused, and why", async () => {
    job = (await federation.client.jobs.create(checkJobSpec(coded))).id;
    await page.goto(`${federation.url}/#/jobs/${job}`);
    await page.locator(".facts").getByText("completed", { exact: true }).waitFor({ timeout: 60_000 });
    await page.getByRole("tab", { name: "Rounds" }).click();
    const [round] = (await federation.client.jobs.newestRounds(job)).rounds;
    const [update] = round?.updates ?? [];
    const [refusal] = round?.refusals ?? [];
    const ratio = (update?.size ?? 0) / (update?.sentBytes ?? 1);
    // Four bytes travel as one, and deflate is not asked for.
    expect(ratio).toBeGreaterThan(3);
    const row = page.getByRole("table", { name: "Rounds" }).locator("tbody tr").first();
    const { size = 0, sentBytes = 0 } = round?.model ?? {};
    // Four bytes travel as two, but for biases.
    expect(size / sentBytes).toBeGreaterThan(1.9);
    const ratios = `${ratio.toFixed(1)} ×, model ${(size / sentBytes).toFixed(1)} ×`;
    await row.getByRole("cell", { name: ratios, exact: true }).waitFor();
    await row.getByRole("cell", { name: "1 of 2", exact: true }).waitFor();
    expect(refusal?.worker).toBe("bela");
    const refused = page.getByRole("table", { name: "Refused updates" }).locator("tbody tr");
    expect(await refused.allInnerTexts()).toEqual([`bela\t${refusal?.code}\t${refusal?.message}`]);
    await page.getByRole("img", { name: "bela: refused" }).waitFor();
    await lookAt(page, "job-rounds-refused");
  });

  it("makes a job like another", async () => {
    await page.getByRole("link", { name: "Clone coded" }).click();
    await page.getByRole("heading", { name: "New job like coded" }).waitFor();
    expect(await page.getByLabel("Tags", { exact: true }).inputValue()).toBe("coded");
    expect(await page.getByLabel("The same as YAML").inputValue()).toContain(CODEC);
    await lookAt(page, "new-job-like");
    await page.getByLabel("Name", { exact: true }).first().fill("coded again");
    await page.getByRole("button", { name: "Submit the job" }).click();
    await page.getByRole("heading", { level: 1, name: "coded again" }).waitFor();
    const [newest, first] = await Promise.all([page.url().split("/").at(-1) ?? "", job].map(specOf));
    expect(newest).toEqual({ ...first, name: "coded again" });
    await page.locator(".facts").getByText("completed", { exact: true }).waitFor({ timeout: 60_000 });
  });

  it("shows the batch that a worker trains, then how much of the update is sent", async () => {
    const { id } = await federation.client.jobs.create(checkJobSpec(held));
    await page.getByRole("link", { name: "Federation" }).click();
    const row = page.getByRole("row", { name: "cleo" });
    await row.getByText("training", { exact: true }).waitFor();
    await row.getByText("round 1 · batch 3 of 7 · loss 0.2500", { exact: true }).waitFor();
    await lookAt(page, "federation-training");
    goOn();
    await row.getByText("uploading", { exact: true }).waitFor();
    await row.getByText("round 1 · 42 %", { exact: true }).waitFor();
    await page.goto(`${federation.url}/#/jobs/${id}`);
    await page.getByRole("tab", { name: "Rounds" }).click();
    await page.getByRole("img", { name: "cleo: upload 42 %" }).waitFor();
    await lookAt(page, "job-rounds-uploading");
    goOn();
    await page.locator(".facts").getByText("completed", { exact: true }).waitFor();
  });

  it("shows the round trip to each worker, and the last error of one that had some", async () => {
    await page.getByRole("link", { name: "Federation" }).click();
    const workers = await federation.client.workers.list();
    for (const { name, lastError } of workers) {
      const cells = page.getByRole("row", { name }).getByRole("cell");
      await expect.poll(() => cells.nth(8).innerText()).toMatch(/^\d+ ms$/);
      if (lastError === null) expect(await cells.last().innerText()).toBe("none");
      else expect(await cells.last().innerText()).toContain(lastError.message);
    }
    expect(workers.map(({ name, lastError }) => [name, lastError !== null])).toEqual([
      ["alice", false],
      ["bela", true],
      ["cleo", false],
    ]);
    await lookAt(page, "federation-last-error");
    // Where the table is wider than the screen, a message is no column of single words.
    await page.setViewportSize(PHONE);
    const row = await page.getByRole("row", { name: "bela" }).boundingBox();
    expect(row?.height).toBeLessThan(100);
  });

  const specOf = async (id: string) => (await federation.client.jobs.get(id)).spec;

  /** Bytes that no codec wrote. */
  async function sendNothingOfUse({ task }: Parameters<Peer["obey"]>[0], peer: Peer): Promise<void> {
    await peer.send(task ?? {}, new Uint8Array(64), { codec: CODEC });
  }

  /** Says how far it is, and waits to be let on, twice; then it does what was asked. */
  async function stepByStep(assignment: Parameters<Peer["obey"]>[0], peer: Peer): Promise<void> {
    const { job = "", round = 0, attempt = 0 } = assignment.task ?? {};
    for (const progress of [
      { phase: "train", done: 3, total: 7, loss: 0.25 },
      { phase: "upload", done: 42, total: 100, loss: Number.NaN },
    ]) {
      await peer.channel.call("progress", { job, round, attempt, ...progress });
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
    }
    await peer.obey(assignment);
  }
});
