import Fastify from "fastify";
import { describe, expect, it } from "vitest";
import { LocalCoordinator } from "../../testing/local-coordinator.js";
import { dashboardRoutes } from "./dashboard.js";

describe("the dashboard", () => {
  it("is served without a token, by a policy that allows no code but its own files", async () => {
    await using coordinator = await LocalCoordinator.start();
    const page = await fetch(coordinator.url);
    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")).toMatch(/^text\/html/);
    expect(page.headers.get("cache-control")).toBe("no-cache");
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe-inline");
    expect(policy).not.toContain("'unsafe-eval'");
    expect(page.headers.get("referrer-policy")).toBe("no-referrer");
    const html = await page.text();
    const [, script = ""] = /<script type="module"[^>]* src="[.]\/(assets\/[^"]+[.]js)"/.exec(html) ?? [];
    expect(html).not.toMatch(/<script(?![^>]* src=)|<style| on\w+=/);

    const code = await fetch(new URL(script, coordinator.url), { headers: { "accept-encoding": "br" } });
    expect(code.status).toBe(200);
    expect(code.headers.get("content-type")).toMatch(/javascript/);
    expect(code.headers.get("content-encoding")).toBe("br");
    expect(code.headers.get("vary")).toMatch(/accept-encoding/i);
    expect(code.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  });

  it("gives nothing from outside of its folder, and leaves every other path as it was", async () => {
    await using coordinator = await LocalCoordinator.start();
    for (const path of ["assets/nothing.js", "assets/..%2f..%2fpackage.json", "assets/%2e%2e/index.html", "assets/"]) {
      const { status } = await fetch(new URL(path, coordinator.url));
      expect([path, [401, 404]]).toEqual([path, expect.arrayContaining([status])]);
    }
    expect((await fetch(new URL("v1/jobs", coordinator.url))).status).toBe(401);
    expect((await fetch(new URL("index.html", coordinator.url))).status).toBe(401);
  });

  it("says that it is not built where it is not", async () => {
    const app = Fastify();
    await dashboardRoutes(app.withTypeProvider(), { isEncrypted: false, page: undefined });
    const { statusCode, body } = await app.inject("/");
    expect([statusCode, body]).toEqual([200, expect.stringContaining("dashboard is not built")]);
    await app.close();
  });
});
