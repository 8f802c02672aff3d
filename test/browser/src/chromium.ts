import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** Where Debian, and others, put it. */
const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The browser of this machine; `TRIBUTARY_CHROMIUM` names another. Undefined: there is none. */
export const browserFile: string | undefined = [process.env.TRIBUTARY_CHROMIUM ?? "", ...places].find((file) =>
  existsSync(file),
);

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: browserFile ?? "", args: ["--no-sandbox", "--disable-dev-shm-usage"] });
