import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mnist, subset, writeShard } from "@tributary/data";
import { describe, expect, it } from "vitest";
import { startFederation, temporaryFolder } from "./support/federation.js";
import { installSchemathesis, runSchemathesis } from "./support/schemathesis.js";

const schemathesis = await installSchemathesis();

/** How long it makes up requests, seconds. */
const SECONDS = 45;

/**
 * What it could not know: a schema can't say which models there are, nor that a cursor must be one that was given; and the
 * streams of events have no end that it could wait for, so that tests of their own read them.
 */
const settings = (token: string, job: string) => `
[[operations]]
include-path-regex = "events$"
enabled = false

[[operations]]
include-path-regex = "^/v1/jobs/"
parameters = { "path.id" = "${job}", "path.worker" = "alice" }

[[operations]]
include-path-regex = "^/v1/workers/"
parameters = { "path.name" = "alice" }

[headers]
Authorization = "Bearer ${token}"

[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "400", "404", "409", "422"]
`;

describe(`schemathesis${schemathesis.note}`, () => {
  it.skipIf(schemathesis.path === undefined)(
    "finds no request to which the API answers otherwise than it is described",
    async () => {
      await using folder = await temporaryFolder();
      await using federation = await startFederation(folder.path);
      const shard = join(folder.path, "shard");
      const indices = Int32Array.from({ length: 50 }, (_, index) => index);
      await writeShard(shard, "alice", subset(await mnist("test"), indices));
      federation.startWorker({ name: "alice", data: shard });
      const { client, url, adminToken } = federation;
      await expect.poll(() => client.workers.list(), { timeout: 60_000 }).toHaveLength(1);
      const spec = { model: "lenet5", dataset: "mnist", rounds: 2, cohort: { minimum: 1 }, evaluation: { every: 0 } };
      const job = await client.jobs.create(spec);
      for await (const _ of client.watch(job.id));

      const file = join(folder.path, "schemathesis.toml");
      await writeFile(file, settings(adminToken, job.id));
      const args = ["--config-file", file, "run", `${url}/docs/json`, "--max-time", `${SECONDS}`, "--seed", "1"];
      const run = await runSchemathesis(schemathesis.path ?? "", [...args, "--request-timeout", "20", "--no-color"], {
        cwd: folder.path,
        timeoutMs: 2 * SECONDS * 1_000,
      });
      // All that it says, when it fails: how to repeat the request is in it.
      expect(run.exitCode === 0 ? "" : run.output).toBe("");
      const [, tested] = /Tested: (\d+)/.exec(run.output) ?? [];
      expect(Number(tested)).toBeGreaterThan(15);
      // It is still there, and none of it cost the job its result.
      expect(await client.jobs.get(job.id)).toMatchObject({ status: "completed" });
    },
  );
});
