import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { fileURLToPath } from "node:url";
import type { LocalFederation } from "@tributary/cli";
import { Peer } from "@tributary/coordinator/testing";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { startFederation, temporaryFolder } from "../../src/support/federation.js";
import { browserFile, openBrowser } from "./chromium.js";

const bundleSchema = z.object({ output: z.tuple([z.object({ code: z.string() })], z.unknown()) });

/** A page with all that it imports, in one file, as any bundler makes it. */
async function bundled(file: string): Promise<string> {
  const made = await build({
    ...{ configFile: false, logLevel: "error" },
    build: { write: false, target: "es2023", modulePreload: false, rolldownOptions: { input: file } },
  });
  return bundleSchema.parse(made).output[0].code;
}

/** Serves a page on the loopback interface: an origin of its own, by its port. */
async function servePage(script: string): Promise<{ readonly origin: string; readonly server: Server }> {
  const server = createServer(({ url }, response) => {
    const [type, body] =
      url === "/page.js"
        ? ["text/javascript", script]
        : ["text/html", '<!doctype html><title>Rounds</title><script type="module" src="/page.js"></script>'];
    response.writeHead(200, { "content-type": `${type}; charset=utf-8` }).end(body);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { origin: `http://127.0.0.1:${address.port}`, server };
}

describe.skipIf(browserFile === undefined)("a page of another origin in a browser", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let federation: LocalFederation;
  let friend: Awaited<ReturnType<typeof servePage>>;
  let stranger: Awaited<ReturnType<typeof servePage>>;
  let peer: Peer;
  let browser: Browser;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const script = await bundled(fileURLToPath(new URL("./pages/rounds.ts", import.meta.url)));
    friend = await servePage(script);
    stranger = await servePage(script);
    const coordinatorArgs = ["--allow-origin", "https://notebook.example", "--allow-origin", friend.origin];
    federation = await startFederation(folder.path, { coordinatorArgs });
    peer = await Peer.join({ url: federation.url, token: federation.joinToken, name: "peer" });
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    peer?.close();
    for (const page of [friend, stranger]) page?.server.close();
    await federation?.stop();
    await folder?.[Symbol.asyncDispose]();
  });

  const open = async (origin: string): Promise<Page> => {
    const page = await browser.newPage();
    page.setDefaultTimeout(30_000);
    const given = new URLSearchParams({ url: federation.url, token: federation.adminToken });
    await page.goto(`${origin}/#${given}`);
    return page;
  };

  it("is refused when its origin is not allowed: nothing is read, and nothing is changed", async () => {
    const page = await open(stranger.origin);
    expect(await page.getByRole("alert").innerText()).toBe("coordinator_unreachable");
    expect(await federation.client.jobs.list()).toEqual([]);
  });

  it("makes a job and watches its rounds by the SDK when its origin is allowed", async () => {
    const page = await open(friend.origin);
    expect(await page.getByRole("status").innerText()).toBe("answers 200 304");
    expect(await page.getByRole("listitem").allInnerTexts()).toEqual(
      [1, 2, 3].map((round) => `round ${round} finished`),
    );
    expect(await page.getByRole("alert").count()).toBe(0);
    expect(await federation.client.jobs.list()).toMatchObject([{ name: "elsewhere", status: "completed" }]);
  });
});
