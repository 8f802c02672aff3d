import { execFile } from "node:child_process";
import { access, cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { startNode } from "@tributary/cli";
import { mnist, partition, subset, writeShard } from "@tributary/data";
import { checkJobSpec } from "@tributary/federation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder, tributary } from "./support/federation.js";

const NAMES = ["alice", "bob"];
const spec = checkJobSpec({
  model: "mcmahan-2nn",
  dataset: "mnist",
  seed: 3,
  rounds: 6,
  training: { batchSize: 10, maxBatches: 100, learningRate: 0.05 },
  cohort: { minimum: 2, quorum: 2, deadlineSeconds: 120 },
  evaluation: { every: 0 },
});

let shards: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  shards = await temporaryFolder();
  const set = await mnist("test");
  const parts = partition(set, { kind: "iid", shards: 2 }, 1);
  for (const [index, name] of NAMES.entries())
    await writeShard(join(shards.path, name), name, subset(set, parts[index] ?? new Int32Array()));
});
afterAll(() => shards?.[Symbol.asyncDispose]());

async function undisturbed(folder: string): Promise<string | undefined> {
  await using federation = await startFederation(folder);
  for (const name of NAMES) federation.startWorker({ name, data: join(shards.path, name) });
  const { id } = await federation.client.jobs.create(spec);
  for await (const _ of federation.client.watch(id));
  return (await federation.client.jobs.get(id)).model?.digest;
}

describe("a coordinator that is stopped in the middle of a round and started again", () => {
  it.each<NodeJS.Signals>(["SIGTERM", "SIGKILL"])(
    "(%s) goes on with the job, its workers come back, and the model is the same, byte for byte",
    async (signal) => {
      await using folder = await temporaryFolder();
      const expected = await undisturbed(join(folder.path, "quiet"));

      const disturbed = join(folder.path, "disturbed");
      const first = await startFederation(disturbed);
      const port = Number(new URL(first.url).port);
      for (const name of NAMES) first.startWorker({ name, data: join(shards.path, name) });
      const { id } = await first.client.jobs.create(spec);
      for await (const notice of first.client.watch(id))
        if (notice.type === "progress" && notice.data.round >= 3) break;
      first.coordinator.kill(signal);
      const { exitCode } = await first.coordinator.exited;
      if (signal === "SIGTERM") expect(exitCode).toBe(0);

      const again = await startFederation(disturbed, { port });
      for await (const _ of again.client.watch(id));
      expect(await again.client.jobs.get(id)).toMatchObject({
        status: "completed",
        round: 6,
        model: { digest: expected },
      });
      await first.stop();
      await again.stop();
    },
  );
});

describe("a worker that was killed", () => {
  it("after training sends its update when it is started again, and does not train again", async () => {
    await using folder = await temporaryFolder();
    const first = await startFederation(folder.path);
    const port = Number(new URL(first.url).port);
    const alice = first.startWorker({ name: "alice", data: join(shards.path, "alice") });
    const training = { batchSize: 10, epochs: 4, learningRate: 0.05 };
    const { id } = await first.client.jobs.create({ ...spec, rounds: 1, training, cohort: { minimum: 1 } });
    for await (const notice of first.client.watch(id))
      if (notice.type === "progress" && notice.data.phase === "train") break;
    first.coordinator.kill("SIGKILL");
    const kept = join(folder.path, "state", "alice", "update");
    await expect.poll(() => access(kept).then(() => "kept"), { timeout: 60_000 }).toBe("kept");
    alice.kill("SIGKILL");
    await alice.exited;

    const again = await startFederation(folder.path, { port });
    again.startWorker({ name: "alice", data: join(shards.path, "alice") });
    for await (const _ of again.client.watch(id));
    expect(await again.client.jobs.get(id)).toMatchObject({ status: "completed" });
    const log = await readFile(alice.log, "utf8");
    expect(log.match(/"trained"/g)).toHaveLength(1);
    expect(log.match(/the update was finished before/g)).toHaveLength(1);
    await expect
      .poll(() =>
        access(kept).then(
          () => "kept",
          () => "gone",
        ),
      )
      .toBe("gone");
    await first.stop();
    await again.stop();
  });

  it("holds its state folder alone", async () => {
    await using folder = await temporaryFolder();
    await using federation = await startFederation(folder.path);
    const alice = federation.startWorker({ name: "alice", data: join(shards.path, "alice") });
    await expect.poll(() => readFile(alice.log, "utf8"), { timeout: 30_000 }).toMatch(/registered/);
    const second = federation.startWorker({ name: "alice", data: join(shards.path, "alice") });
    expect((await second.exited).exitCode).toBe(1);
    expect(await readFile(second.log, "utf8")).toMatch(/error: .*state.alice is in use by process \d+/);
  });
});

describe("a worker", () => {
  it("takes its leave on SIGTERM, ends with code 0, and shows as offline", async () => {
    await using folder = await temporaryFolder();
    await using federation = await startFederation(folder.path);
    const alice = federation.startWorker({ name: "alice", data: join(shards.path, "alice") });
    const stateOf = async () => (await federation.client.workers.list())[0]?.state;
    while ((await stateOf()) !== "idle") await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await alice.stop()).toEqual({ exitCode: 0, signal: null });
    expect(await stateOf()).toBe("offline");
  });

  it("with a name that is taken is told so", async () => {
    await using folder = await temporaryFolder();
    await using federation = await startFederation(folder.path);
    federation.startWorker({ name: "alice", data: join(shards.path, "alice") });
    while ((await federation.client.workers.list()).length === 0)
      await new Promise((resolve) => setTimeout(resolve, 50));
    const { exitCode, output } = await tributary(
      [
        "worker",
        "--coordinator",
        federation.url,
        "--join-token",
        federation.joinToken,
        "--name",
        "alice",
        "--data",
        join(shards.path, "bob"),
      ],
      folder.path,
      { TRIBUTARY_BACKEND: "wasm", TRIBUTARY_STATE_DIR: join(folder.path, "state-2") },
    );
    expect(exitCode).toBe(1);
    expect(output).toMatch(/error: .*alice/);
  });
});

describe("over TLS", () => {
  it("workers and clients that trust the certificate do their work, others refuse", async () => {
    await using folder = await temporaryFolder();
    const [cert, key] = [join(folder.path, "cert.pem"), join(folder.path, "key.pem")];
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"];
    await promisify(execFile)("openssl", [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-days",
      "2",
      "-keyout",
      key,
      "-out",
      cert,
      ...subject,
    ]);
    await using federation = await startFederation(folder.path, {
      env: { TRIBUTARY_BACKEND: "wasm" },
      coordinatorArgs: ["--tls-cert", cert, "--tls-key", key],
    });
    expect(federation.url).toMatch(/^https:/);
    const trusting = {
      TRIBUTARY_COORDINATOR: federation.url,
      TRIBUTARY_TOKEN: federation.adminToken,
      TRIBUTARY_CA: cert,
    };
    await cp(join(shards.path, "alice"), join(folder.path, "alice"), { recursive: true });
    const alice = startNode(
      ["worker", "--name", "alice", "--data", join(folder.path, "alice"), "--state-dir", join(folder.path, "state")],
      join(folder.path, "alice.log"),
      {
        env: { ...trusting, TRIBUTARY_JOIN_TOKEN: federation.joinToken, TRIBUTARY_BACKEND: "wasm" },
      },
    );
    const workers = async () => (await tributary(["workers"], folder.path, trusting)).output;
    for (let tries = 0; tries < 30 && !(await workers()).includes("alice"); tries++)
      await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await workers(), await readFile(join(folder.path, "alice.log"), "utf8")).toMatch(/alice\s+train\s+idle/);
    const { TRIBUTARY_CA: _, ...wary } = trusting;
    expect((await tributary(["workers"], folder.path, wary)).output).toMatch(
      /error: no coordinator answers .*(SELF_SIGNED|DEPTH_ZERO)/,
    );
    await alice.stop();
  });
});
