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
  await signIn(page, adminToken);
  return page;
}

/** Signs in on a page that asks for the token. */
export async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel("Admin token").fill(token);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Federation" }).waitFor();
}
