import type { LocalFederation } from "@tributary/cli";
import { Peer } from "@tributary/coordinator/testing";
import { checkJobSpec, type JobSpecInput } from "@tributary/federation";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder } from "../../src/support/federation.js";
import { browserFile, openBrowser } from "./chromium.js";
import { DESK } from "./look.js";

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
    page = await browser.newPage({ viewport: DESK, colorScheme: "light" });
    page.setDefaultTimeout(20_000);
    await page.goto(url);
    await page.getByLabel("Admin token").fill(federation.adminToken);
    await page.keyboard.press("Enter");
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
});
