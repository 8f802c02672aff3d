import type { LocalFederation } from "@tributary/cli";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder } from "../../src/support/federation.js";
import { browserFile, openBrowser } from "./chromium.js";
import { signedIn } from "./signed-in.js";

describe.skipIf(browserFile === undefined)("lists in the form for a job", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let federation: LocalFederation;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    folder = await temporaryFolder();
    federation = await startFederation(folder.path);
    browser = await openBrowser();
    page = await signedIn(browser, federation);
    await page.getByRole("link", { name: "New job" }).click();
    await page.getByLabel("The same as YAML").waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await federation?.stop();
    await folder?.[Symbol.asyncDispose]();
  });

  const yaml = () => page.getByLabel("The same as YAML");
  const tags = () => page.getByLabel("Tags", { exact: true });
  const weights = () => page.getByLabel("Weight", { exact: true });

  it("show what is written as YAML, again and again, and nothing when it is gone", async () => {
    const written = (names: string, numbers: string) =>
      `cohort:\n  tags: [${names}]\ntraining:\n  loss: { name: nll, weight: [${numbers}] }\n`;
    await yaml().fill(written("gpu, quiet", "1, 0.5"));
    expect([await tags().inputValue(), await weights().inputValue()]).toEqual(["gpu, quiet", "1, 0.5"]);
    await yaml().fill(written("site-a", "2, 3, 4"));
    expect([await tags().inputValue(), await weights().inputValue()]).toEqual(["site-a", "2, 3, 4"]);
    await yaml().fill("cohort: {}\ntraining:\n  loss: { name: nll }\n");
    expect([await tags().inputValue(), await weights().inputValue()]).toEqual(["", ""]);
  });

  it("are written as YAML as one types, commas and points included", async () => {
    await tags().pressSequentially("gpu, quiet,");
    expect(await tags().inputValue()).toBe("gpu, quiet,");
    await weights().pressSequentially("1, 0.05");
    expect(await weights().inputValue()).toBe("1, 0.05");
    const lines =
      "  tags:\n    - gpu\n    - quiet\ntraining:\n  loss:\n    name: nll\n    weight:\n      - 1\n      - 0.05\n";
    expect(await yaml().inputValue()).toBe(`cohort:\n${lines}`);
    // What is typed does not outlive what is written beside.
    await yaml().fill("cohort:\n  tags: [other]\n");
    expect(await tags().inputValue()).toBe("other");
    await tags().fill("");
    expect(await yaml().inputValue()).toBe("");
  });
});
