import { describe, expect, it } from "vitest";
import { run } from "./run.mjs";

const node = process.execPath;

describe("a program that the set-up runs", () => {
  it("gives its exit code and both its outputs", async () => {
    const result = await run(node, ["-e", "console.log('out'); console.error('err'); process.exitCode = 3"]);
    expect(result).toMatchObject({ ok: false, code: 3, stalled: false });
    expect(result.output).toContain("out");
    expect(result.output).toContain("err");
  });

  it("gives 127 when it is not on this machine", async () => {
    expect(await run("no-such-program-here", [])).toMatchObject({ ok: false, code: 127 });
  });

  it("is ended, with the programs it started, when it makes no progress", async () => {
    const grandchild = `require("child_process").spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"], { stdio: "inherit" })`;
    const started = Date.now();
    // The pipes close only when the last of them has ended.
    expect(await run(node, ["-e", grandchild], { stallMs: 500 })).toMatchObject({ ok: false, stalled: true });
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  it("may go on while something else shows its progress", async () => {
    const result = await run(node, ["-e", "setTimeout(() => {}, 1500)"], { stallMs: 700, progress: () => Date.now() });
    expect(result).toMatchObject({ ok: true, stalled: false });
  });
});
