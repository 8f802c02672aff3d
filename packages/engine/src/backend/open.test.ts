import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { report } from "../testing/backends.js";
import { openBackend } from "./open.js";

afterEach(() => vi.unstubAllEnvs());

describe("openBackend", () => {
  it("gives native where that works, else wasm", async () => {
    vi.stubEnv("TRIBUTARY_BACKEND", "");
    const backend = await openBackend();
    expect(backend.name).toBe(report.native.works ? "native" : "wasm");
    expect(backend.threads).toBe(1);
  });

  it("does what TRIBUTARY_BACKEND says", async () => {
    vi.stubEnv("TRIBUTARY_BACKEND", "wasm");
    expect((await openBackend()).name).toBe("wasm");
  });

  it("prefers what the caller says to the environment", async () => {
    vi.stubEnv("TRIBUTARY_BACKEND", "native");
    expect((await openBackend("wasm")).name).toBe("wasm");
  });

  it("refuses an unknown name in TRIBUTARY_BACKEND", async () => {
    vi.stubEnv("TRIBUTARY_BACKEND", "gpu");
    await expect(openBackend()).rejects.toMatchObject({
      code: "backend_unavailable",
      message: 'TRIBUTARY_BACKEND is "gpu"; it may be native or wasm',
    });
  });

  it.each([0, 1.5, -1, Number.NaN])("refuses %d threads", async (threads) => {
    await expect(openBackend("wasm", { threads })).rejects.toMatchObject({ code: "backend_unavailable" });
  });

  it("refuses to change the number of threads in a process", async () => {
    await openBackend("wasm");
    await expect(openBackend("wasm", { threads: 2 })).rejects.toMatchObject({
      code: "backend_unavailable",
      message: "wasm runs with 1 threads in this process",
    });
  });

  it("gives the same backend again", async () => {
    expect(await openBackend("wasm")).toBe(await openBackend("wasm"));
  });

  it("prints nothing and leaves the process' fault handlers alone", async () => {
    const program = `
      const { openBackend } = await import("@tributary/engine");
      await openBackend();
      await openBackend("wasm");
      if (process.listenerCount("uncaughtException") + process.listenerCount("unhandledRejection") > 0) process.exit(4);`;
    const options = { cwd: new URL(".", import.meta.url) };
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ["--input-type=module", "--eval", program],
      options,
    );
    expect(stdout + stderr).toBe("");
  });
});

describe("the wasm backend with threads", () => {
  const program = `
    const { openBackend } = await import("@tributary/engine");
    const { tf, threads } = await openBackend("wasm", { threads: Number(process.argv[1]) });
    const values = tf.conv2d(tf.ones([2, 9, 9, 4]), tf.ones([3, 3, 4, 8]), 1, "valid").dataSync();
    console.log(threads, values.length, values.every((value) => value === 36), typeof globalThis.Worker);`;

  it.each([
    [2, 2],
    [64, 8],
  ])(
    "takes up to 8, computes and lets the process end: asked for %i",
    async (asked, used) => {
      const { stdout, stderr } = await promisify(execFile)(
        process.execPath,
        ["--input-type=module", "--eval", program, String(asked)],
        { cwd: new URL(".", import.meta.url) },
      );
      expect(stderr).toBe("");
      expect(stdout).toBe(`${used} 784 true undefined\n`);
    },
    30_000,
  );
});

describe("backendReport", () => {
  it("says of each backend its version, or in one line why it does not work", () => {
    expect(report.wasm).toMatchObject({ works: true, version: expect.stringMatching(/^tfjs-backend-wasm \d/) });
    if (report.native.works) expect(report.native.version).toMatch(/^tfjs-node .*libtensorflow \d/);
    else expect(report.native.reason).toMatch(/^native: .+$/);
  });
});
