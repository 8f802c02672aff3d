import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mnist, partitionDataset, subset } from "@tributary/data";
import { decodeSafetensors, initialise, loadParameters, namedModel } from "@tributary/nn";
import { expect, it } from "vitest";
import { startFederation, temporaryFolder, tributary } from "./support/federation.js";

const guide = new URL("../../docs/guides/personalise.md", import.meta.url);

it("docs/guides/personalise.md: its job runs deployed, its commands show the scores and write a worker's own model", async () => {
  const text = await readFile(guide, "utf8");
  const [yaml = ""] = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, code]) => code);
  const lines = text.split("\n").filter((line) => line.startsWith("tributary "));
  const personal = lines.find((line) => line.startsWith("tributary model personal")) ?? expect.unreachable();
  const [show = ""] = /tributary job show JOB/.exec(text) ?? [];
  await using folder = await temporaryFolder();
  const at = (...parts: string[]) => join(folder.path, ...parts);
  await writeFile(at("personalise.yaml"), yaml);
  const set = await mnist("train");
  const dataset = subset(
    set,
    Int32Array.from({ length: 600 }, (_, i) => i),
  );
  const names = ["alice", "bob", "carol"];
  const spec = { kind: "dirichlet", shards: 3, alpha: 1 } as const;
  await partitionDataset({ dataset, spec, seed: 5, out: at("shards"), names });
  await using federation = await startFederation(folder.path);
  for (const name of names) federation.startWorker({ name, data: at("shards", name) });
  const { client } = federation;
  await expect
    .poll(async () => (await client.workers.list()).filter(({ connected }) => connected).length, { timeout: 60_000 })
    .toBe(3);
  /** A line of the guide, with names of this test in place of the guide's. */
  const run = (line: string, names: Readonly<Record<string, string>>, ...more: readonly string[]) => {
    const [, ...args] = line.split(" ").map((word) => names[word] ?? word);
    return tributary([...args, ...more], folder.path);
  };
  const connection = ["--coordinator", federation.url, "--token", federation.adminToken];
  const submitted = await run(
    "tributary job submit personalise.yaml --watch",
    { "personalise.yaml": at("personalise.yaml") },
    ...connection,
  );
  expect(submitted).toMatchObject({ exitCode: 0, output: expect.stringContaining("completed, rounds") });
  const [{ id } = expect.unreachable()] = await client.jobs.list();

  const rounds = await client.jobs.rounds(id);
  expect(rounds.map(({ validation }) => validation?.workers.length)).toEqual([3, 3, 3]);
  const last = rounds.at(-1);
  expect(last?.personalisation?.workers.map(({ worker }) => worker)).toEqual(names);
  // Of own models nothing went up: the bytes are those of the updates.
  expect(last?.bytesUp).toBe(last?.updates.reduce((sum, { sentBytes }) => sum + sentBytes, 0));
  expect((await client.jobs.get(id)).accuracy).toBe(last?.validation?.summary.accuracy.mean);

  const shown = await run(show, { JOB: id }, ...connection);
  expect(shown.output).toMatch(/worker +held back +global +personal +gain/);
  for (const name of [...names, "weighted mean", "worst 10 %"]) expect(shown.output).toContain(name);
  const asJson = await run(show, { JOB: id }, ...connection, "--json");
  expect(JSON.parse(asJson.output).rounds[2].personalisation).toEqual(last?.personalisation);

  const state = ["--state-dir", at("state", "alice")];
  const model = at("alice.safetensors");
  const written = await run(personal, { JOB: id, "alice.safetensors": model }, ...state);
  expect(written).toMatchObject({ exitCode: 0, output: expect.stringContaining("safetensors") });
  const network = namedModel("lenet5");
  const latest = async () =>
    decodeSafetensors(new Uint8Array(await new Response(await client.models.stream(id)).arrayBuffer()));
  const own = loadParameters(network, decodeSafetensors(await readFile(model)));
  const global = loadParameters(network, await latest());
  const moved = own.filter(
    ({ values }, index) => Buffer.compare(bytesOf(values), bytesOf(global[index]?.values)) !== 0,
  );
  const layers = initialise(network, 1).filter(({ name }) => name.startsWith("fc"));
  expect(moved.map(({ name }) => name)).toEqual(layers.map(({ name }) => name));
  const onnx = await run(personal, { JOB: id, "alice.safetensors": at("alice.onnx") }, ...state, "--json");
  expect(JSON.parse(onnx.output)).toMatchObject({ format: "onnx", job: id, round: 3, worker: "alice" });
  const other = await run(personal, { JOB: "nobodys", "alice.safetensors": model }, ...state);
  expect(other).toMatchObject({ exitCode: 1, output: expect.stringContaining("no model of job nobodys is kept here") });
});

const bytesOf = (values: Float32Array | undefined): Uint8Array =>
  new Uint8Array(values?.buffer ?? new ArrayBuffer(0), values?.byteOffset ?? 0, values?.byteLength ?? 0);
