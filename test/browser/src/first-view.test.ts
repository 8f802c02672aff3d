import type { LocalFederation } from "@tributary/cli";
import { Peer } from "@tributary/coordinator/testing";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder } from "../../src/support/federation.js";
import { browserFile, openBrowser } from "./chromium.js";
import { DESK } from "./look.js";

const BUDGET_BYTES = 250_000;
const BUDGET_MS = 1_000;
/** Loads that are measured: the middle one counts. */
const LOADS = 7;

describe.skipIf(browserFile === undefined)("the first view, with nothing in the cache", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let federation: LocalFederation;
  let browser: Browser;
  let peer: Peer;

  beforeAll(async () => {
    folder = await temporaryFolder();
    federation = await startFederation(folder.path);
    peer = await Peer.join({ url: federation.url, token: federation.joinToken, name: "alice" });
    browser = await openBrowser();
    // What the browser itself reads at its first page is not measured.
    await load((page) => page.getByLabel("Admin token").waitFor());
  });
  afterAll(async () => {
    await browser?.close();
    peer?.close();
    await federation?.stop();
    await folder?.[Symbol.asyncDispose]();
  });

  it("takes less than 250 kB of compressed JavaScript, signed in", async () => {
    const { bytes } = await load(workers, federation.adminToken);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(BUDGET_BYTES);
    console.info(`first view: ${bytes} bytes of JavaScript`);
  });

  it.each([
    ["asks for the token", (page: Page) => page.getByLabel("Admin token").waitFor(), false],
    ["shows the workers to who is signed in", (page: Page) => workers(page), true],
  ] as const)("%s within a second", async (what, isThere, hasToken) => {
    const times: number[] = [];
    for (let run = 0; run < LOADS; run++)
      times.push((await load(isThere, hasToken ? federation.adminToken : undefined)).ms);
    const median = times.sort((one, other) => one - other)[(LOADS - 1) / 2] ?? Number.NaN;
    console.info(`first view ${what}: ${Math.round(median)} ms in the middle of ${LOADS} loads`);
    expect(median).toBeLessThan(BUDGET_MS);
  });

  const workers = (page: Page): Promise<void> => page.getByRole("rowheader", { name: "alice" }).waitFor();

  /** Opens the page in a context of its own: until it shows something, ms. @param token one that the tab keeps */
  async function load(isThere: (page: Page) => Promise<void>, token?: string) {
    const context = await browser.newContext({ viewport: DESK });
    try {
      const page = await context.newPage();
      if (token !== undefined)
        await page.addInitScript(`sessionStorage.setItem("tributary.admin-token", ${JSON.stringify(token)})`);
      const sizes: Promise<string | null>[] = [];
      page.on("response", (response) => {
        // The coordinator says it of what travels.
        if (response.url().endsWith(".js")) sizes.push(response.headerValue("content-length"));
      });
      const before = performance.now();
      await page.goto(federation.url, { waitUntil: "commit" });
      await isThere(page);
      const ms = performance.now() - before;
      const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + Number(size), 0);
      return { ms, bytes };
    } finally {
      await context.close();
    }
  }
});
