import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { get } from "node:https";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startCoordinator } from "../coordinator.js";
import { newDataFolder } from "../testing/local-coordinator.js";
import { sameToken } from "./tokens.js";

describe("the data folder", () => {
  let dataDir: string;
  const start = (options = {}) => startCoordinator({ dataDir, port: 0, logLevel: "silent", ...options });
  beforeEach(async () => {
    dataDir = await newDataFolder();
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  it("gets two tokens of 256 bits that only its owner can read, and keeps them", async () => {
    const first = await start();
    const { admin, join: joinToken } = first.tokens;
    await first.close();
    for (const [name, token] of Object.entries({ "admin-token": admin, "join-token": joinToken })) {
      expect((await readFile(join(dataDir, name), "utf8")).trim()).toBe(token);
      expect((await stat(join(dataDir, name))).mode & 0o777).toBe(0o600);
      expect(Buffer.from(token, "base64url")).toHaveLength(32);
    }
    expect(admin).not.toBe(joinToken);
    const second = await start();
    expect(second.tokens).toEqual(first.tokens);
    await second.close();
  });

  it("is free again after a start that was called off", async () => {
    await expect(start({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "aborted" });
    const stop = new AbortController();
    const starting = start({ signal: stop.signal });
    await expect.poll(() => stat(join(dataDir, "owner.json")).catch(() => undefined)).toBeDefined();
    stop.abort();
    await expect(starting).rejects.toMatchObject({ code: "aborted" });
    const coordinator = await start();
    await coordinator.close();
  });

  it("takes tokens that are given instead, and refuses short ones", async () => {
    await expect(start({ adminToken: "short" })).rejects.toMatchObject({ code: "file_invalid" });
    const coordinator = await start({ adminToken: "a".repeat(20), joinToken: "b".repeat(20) });
    expect(coordinator.tokens).toEqual({ admin: "a".repeat(20), join: "b".repeat(20) });
    await coordinator.close();
  });

  it("has one owner at a time, and is free after it closed", async () => {
    const first = await start();
    await expect(start()).rejects.toMatchObject({ code: "data_folder_in_use" });
    await first.close();
    await first.close();
    await (await start()).close();
  });

  it("is taken over at once from a process that was killed", async () => {
    const holder = `const { lock } = require(${JSON.stringify(createRequire(import.meta.url).resolve("proper-lockfile"))});
      const { writeFileSync } = require("node:fs");
      lock(process.argv[1], { lockfilePath: process.argv[1] + "/lock", stale: 5000, update: 1000 }).then(() => {
        const owner = { pid: process.pid, host: require("node:os").hostname(), process: "another" };
        writeFileSync(process.argv[1] + "/owner.json", JSON.stringify(owner));
        console.log("locked");
      });
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["-e", holder, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    await expect(start()).rejects.toMatchObject({
      code: "data_folder_in_use",
      message: expect.stringContaining(`process ${child.pid}`),
    });
    child.kill("SIGKILL");
    await once(child, "exit");
    const before = performance.now();
    await (await start()).close();
    expect(performance.now() - before).toBeLessThan(4_000);
  });

  it("says so when it cannot be made, or a token file cannot be read", async () => {
    await writeFile(join(dataDir, "file"), "");
    await expect(start({ dataDir: join(dataDir, "file", "folder") })).rejects.toMatchObject({
      code: "file_unreadable",
    });
    await mkdir(join(dataDir, "admin-token"));
    await expect(start()).rejects.toMatchObject({ code: "file_unreadable" });
  });
});

describe("a start that fails", () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await newDataFolder();
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  it("names the port that is in use, and leaves nothing behind", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const start = () => startCoordinator({ dataDir, port, logLevel: "silent" });
    await expect(start()).rejects.toMatchObject({
      code: "port_in_use",
      message: expect.stringContaining(String(port)),
    });
    other.close();
    await once(other, "close");
    await (await start()).close();
  });

  it("names the TLS file that is unreadable or damaged", async () => {
    const start = (tls: { cert: string; key: string }) =>
      startCoordinator({ dataDir, port: 0, logLevel: "silent", tls });
    const nowhere = join(dataDir, "nowhere.pem");
    await expect(start({ cert: nowhere, key: nowhere })).rejects.toMatchObject({
      code: "file_unreadable",
      message: expect.stringContaining("nowhere.pem"),
    });
    await writeFile(nowhere, "no certificate");
    await expect(start({ cert: nowhere, key: nowhere })).rejects.toMatchObject({ code: "file_invalid" });
  });

  it("serves HTTPS with a certificate and its key", async () => {
    // A certificate of its own for 127.0.0.1, which nothing but this test trusts.
    const fixture = (name: string) => fileURLToPath(new URL(`../testing/localhost.${name}.pem`, import.meta.url));
    const [cert, key] = [fixture("cert"), fixture("key")];
    const coordinator = await startCoordinator({ dataDir, port: 0, logLevel: "silent", tls: { cert, key } });
    const ca = await readFile(cert);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      get(`${coordinator.url}/health`, { ca }, (response) => resolve(response.resume().statusCode)).on("error", reject);
    });
    expect(coordinator.url).toMatch(/^https:/);
    expect(status).toBe(200);
    await coordinator.close();
  });
});

describe("comparing tokens", () => {
  it("tells equal from unlike ones of any length", () => {
    expect(sameToken("abc", "abc")).toBe(true);
    expect(sameToken("abc", "abd")).toBe(false);
    expect(sameToken("abc", "abcd")).toBe(false);
    expect(sameToken("", "a")).toBe(false);
  });
});
