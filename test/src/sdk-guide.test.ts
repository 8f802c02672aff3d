import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { mnist, subset, writeShard } from "@tributary/data";
import { expect, it } from "vitest";
import { startFederation, temporaryFolder } from "./support/federation.js";

const guide = fileURLToPath(new URL("../../docs/guides/sdk.md", import.meta.url));
/** In this package, so that Node finds the SDK. */
const programs = fileURLToPath(new URL("../../test/dist/guides", import.meta.url));

it("the code of docs/guides/sdk.md runs, and does what the page says", async () => {
  await using folder = await temporaryFolder();
  await using federation = await startFederation(folder.path);
  const shard = join(folder.path, "shard");
  const indices = Int32Array.from({ length: 50 }, (_, index) => index);
  await writeShard(shard, "alice", subset(await mnist("test"), indices));
  federation.startWorker({ name: "alice", data: shard });
  await expect.poll(() => federation.client.workers.list(), { timeout: 60_000 }).toHaveLength(1);

  const blocks = [...(await readFile(guide, "utf8")).matchAll(/```ts\n(.*?)```/gs)].map(([, code = ""]) => code);
  expect(blocks.length).toBeGreaterThan(4);
  await mkdir(programs, { recursive: true });
  const program = join(programs, `sdk-${process.pid}.mjs`);
  await writeFile(program, blocks.join("\n"));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [program], {
      env: {
        ...process.env,
        TRIBUTARY_COORDINATOR: federation.url,
        TRIBUTARY_ADMIN_TOKEN: federation.adminToken,
      },
      timeout: 240_000,
    });
    expect(stdout.trim().split("\n")).toEqual([
      "the same job: true",
      "round 1: finished, 1 updates",
      "round 2: finished, 1 updates",
      "round 3: finished, 1 updates",
      "completed: rounds; the model is there",
      "alice is idle",
      "guide is among the completed jobs",
      'unknown_model: there is no model "lenet"; did you mean lenet5?',
    ]);
  } finally {
    await rm(program, { force: true });
  }
});
