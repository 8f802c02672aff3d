import type { Page } from "playwright-core";

/** What a page said and asked for while it was open. */
export interface PageWatch {
  readonly console: string[];
  readonly urls: string[];
  /** Exceptions that nobody caught. */
  readonly errors: string[];
}

export function watchPage(page: Page): PageWatch {
  const watch: PageWatch = { console: [], urls: [], errors: [] };
  page.on("console", (message) => watch.console.push(`${message.type()}: ${message.text()}`));
  page.on("request", (request) => watch.urls.push(request.url()));
  page.on("framenavigated", (frame) => watch.urls.push(frame.url()));
  page.on("pageerror", (error) => watch.errors.push(error.message));
  return watch;
}
