import { join } from "node:path";
import { mnist, partition, subset, writeShard } from "@tributary/data";
import { checkJobSpec, type RoundView } from "@tributary/federation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder } from "./support/federation.js";
import { ofCoordinator, ofWorker } from "./support/scrape.js";
import { seriesIn } from "./support/series.js";

/** What each worker's site lets it take part in. */
const sites = { alice: ["--codecs", "none"], bob: ["--codecs", "delta"], carl: [] } as const;
const names = ["alice", "bob", "carl"] as const;

describe("workers that know different codecs", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let federation: Awaited<ReturnType<typeof startFederation>>;
  const logs: Record<string, string> = {};
  beforeAll(async () => {
    folder = await temporaryFolder();
    const set = await mnist("test");
    const parts = partition(set, { kind: "iid", shards: 30 }, 1);
    federation = await startFederation(folder.path);
    for (const [index, name] of names.entries()) {
      const data = join(folder.path, name);
      await writeShard(data, name, subset(set, parts[index] ?? new Int32Array()));
      const args = ["--metrics-port", "0", ...sites[name]];
      logs[name] = federation.startWorker({ name, data, args }).log;
    }
  });
  afterAll(async () => {
    await federation?.stop();
    await folder?.[Symbol.asyncDispose]();
  });

  /** Bytes of updates that were sent so far with a codec: of each worker by its own count, and of all by the coordinator's. */
  async function bytesUp(codec: string): Promise<Record<string, number>> {
    const labels = `{direction="up",codec="${codec}"}`;
    const counts: Record<string, number> = {};
    for (const name of names)
      counts[name] = seriesIn(await ofWorker(logs[name] ?? ""), `tributary_worker_bytes_total${labels}`) || 0;
    return { ...counts, all: seriesIn(await ofCoordinator(federation), `tributary_bytes_total${labels}`) || 0 };
  }
  async function run(codec: object) {
    const { id } = await federation.client.jobs.create(
      checkJobSpec({
        ...{ model: "logistic", dataset: "mnist", rounds: 2, evaluation: { every: 0 }, codec },
        ...{ cohort: { minimum: 3, quorum: 3 }, training: { batchSize: 10, maxBatches: 5 } },
      }),
    );
    for await (const _ of federation.client.watch(id));
    const { status, model } = await federation.client.jobs.get(id);
    expect(status).toBe("completed");
    return { digest: model?.digest, sent: sentIn(await federation.client.jobs.rounds(id)) };
  }

  it("send what they know, which both sides count by how it was sent, and a codec without loss changes no model", async () => {
    const plain = await run({});
    const size = plain.sent.alice ?? 0;
    expect(plain.sent).toEqual({ alice: size, bob: size, carl: size });
    expect(await bytesUp("none")).toEqual({ alice: size, bob: size, carl: size, all: 3 * size });

    const packed = await run({ update: "deflate" });
    const small = packed.sent.carl ?? 0;
    expect(packed).toEqual({ digest: plain.digest, sent: { alice: size, bob: size, carl: small } });
    expect(small).toBeLessThan(size);
    expect(await bytesUp("deflate")).toEqual({ alice: 0, bob: 0, carl: small, all: small });
    expect(await bytesUp("none")).toEqual({ alice: 2 * size, bob: 2 * size, carl: size, all: 5 * size });

    const changes = await run({ update: "delta" });
    const { bob, carl, all } = await bytesUp("delta");
    expect(changes.sent).toEqual({ alice: size, bob, carl });
    expect(all).toBe((bob ?? 0) + (carl ?? 0));
    expect(await bytesUp("none")).toEqual({ alice: 3 * size, bob: 2 * size, carl: size, all: 6 * size });
  });
});

/** Bytes of all updates as they were sent, by worker. */
function sentIn(rounds: readonly RoundView[]): Record<string, number> {
  const sent: Record<string, number> = {};
  for (const { worker, sentBytes } of rounds.flatMap(({ updates }) => updates))
    sent[worker] = (sent[worker] ?? 0) + sentBytes;
  return sent;
}
