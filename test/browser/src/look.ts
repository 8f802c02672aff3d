import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { seriousIssues } from "./accessibility.js";

/** What people look at after a run; ignored by git. */
const screenshots = fileURLToPath(new URL("../../../.tributary/screenshots/", import.meta.url));
export const DESK = { width: 1280, height: 860 };
export const PHONE = { width: 320, height: 740 };

/** A view in both schemes and on a phone: no serious issue, nothing wider than the screen, a picture of each. */
export async function lookAt(page: Page, view: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    // The dark page is the same one in other colours.
    const rules = colorScheme === "dark" ? ["color-contrast"] : undefined;
    expect(await seriousIssues(page, rules), `${view}, ${colorScheme}`).toEqual([]);
    await page.screenshot({ path: join(screenshots, `${view}-${colorScheme}.png`), fullPage: true });
  }
  await page.setViewportSize(PHONE);
  const width = await page.evaluate("document.documentElement.scrollWidth");
  await page.screenshot({ path: join(screenshots, `${view}-phone.png`), fullPage: true });
  await page.setViewportSize(DESK);
  await page.emulateMedia({ colorScheme: "light" });
  expect([view, width]).toEqual([view, PHONE.width]);
}
