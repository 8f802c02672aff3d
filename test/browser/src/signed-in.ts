import type { LocalFederation } from "@tributary/cli";
import type { Browser, Page } from "playwright-core";
import { DESK } from "./look.js";

/** A page that has signed in, in a context of its own, and shows the first view. */
export async function signedIn(
  browser: Browser,
  { url, adminToken }: Pick<LocalFederation, "url" | "adminToken">,
): Promise<Page> {
  const page = await browser.newPage({ viewport: DESK, colorScheme: "light" });
  page.setDefaultTimeout(20_000);
  await page.goto(url);
  await page.getByLabel("Admin token").fill(adminToken);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Federation" }).waitFor();
  return page;
}
