import { join } from "node:path";
import { mnist, partitionDataset, readManifest, subset } from "@tributary/data";
import { expect, it } from "vitest";
import { startFederation, temporaryFolder } from "./support/federation.js";

it("a worker shares the counts of its labels when its site says so, and tells nothing otherwise", async () => {
  await using folder = await temporaryFolder();
  const names = ["alice", "bob"];
  const shards = join(folder.path, "shards");
  const dataset = subset(
    await mnist("test"),
    Int32Array.from({ length: 500 }, (_, place) => place),
  );
  await partitionDataset({ dataset, spec: { kind: "dirichlet", shards: 2, alpha: 0.5 }, seed: 7, out: shards, names });
  // A variable that says no is not taken for a yes because it is there.
  const env = { TRIBUTARY_BACKEND: "wasm", TRIBUTARY_SHARE_LABELS: "no" };
  await using federation = await startFederation(folder.path, { env });
  federation.startWorker({ name: "alice", data: join(shards, "alice"), args: ["--share-labels"] });
  federation.startWorker({ name: "bob", data: join(shards, "bob") });
  const { client } = federation;
  await expect
    .poll(async () => (await client.workers.list()).filter(({ connected }) => connected).length, { timeout: 60_000 })
    .toBe(2);

  const [alice, bob] = await client.workers.list();
  expect(alice).toMatchObject({ name: "alice", labels: (await readManifest(join(shards, "alice"))).labelCounts });
  expect(bob).toMatchObject({ name: "bob", labels: null });
});
