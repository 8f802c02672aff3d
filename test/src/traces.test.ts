import { join } from "node:path";
import { mnist, partition, subset, writeShard } from "@tributary/data";
import { checkJobSpec } from "@tributary/federation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder } from "./support/federation.js";
import { OtlpReceiver, printTrace, type ReceivedSpan } from "./support/otlp-receiver.js";

const NAMES = ["alice", "bob"];

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let receiver: OtlpReceiver;
beforeAll(async () => {
  folder = await temporaryFolder();
  receiver = await OtlpReceiver.start();
  const set = await mnist("test");
  const parts = partition(set, { kind: "iid", shards: 10 }, 1);
  for (const [index, name] of [...NAMES, "judge"].entries())
    await writeShard(join(folder.path, name), name, subset(set, parts[index] ?? new Int32Array()));
});
afterAll(async () => {
  await receiver?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

const spec = (rounds: number, epochs: number, maxBatches?: number) =>
  checkJobSpec({
    ...{ model: "mcmahan-2nn", dataset: "mnist", rounds, cohort: { minimum: 2, quorum: 2 } },
    ...{ training: { batchSize: 10, epochs, maxBatches }, evaluation: { every: 1 } },
  });

const traced = () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, TRIBUTARY_BACKEND: "wasm" });

function tracesOf(spans: readonly ReceivedSpan[]): Map<string, ReceivedSpan[]> {
  const traces = new Map<string, ReceivedSpan[]>();
  for (const span of spans) traces.set(span.traceId, [...(traces.get(span.traceId) ?? []), span]);
  return traces;
}

/** Names of the spans above one, the nearest first. */
function above(span: ReceivedSpan, spans: readonly ReceivedSpan[]): string[] {
  const parent = spans.find(({ spanId }) => spanId === span.parent);
  return parent === undefined ? [] : [parent.name, ...above(parent, spans)];
}

describe("traces", () => {
  it("are one for each round, with the spans of all its processes under their parents", async () => {
    const federation = await startFederation(join(folder.path, "one"), { env: traced() });
    for (const name of NAMES) federation.startWorker({ name, data: join(folder.path, name) });
    federation.startWorker({ name: "judge", data: join(folder.path, "judge"), role: "evaluate" });
    const { id } = await federation.client.jobs.create(spec(2, 1, 20));
    for await (const _ of federation.client.watch(id));
    await federation.stop();

    const rounds = [...tracesOf(receiver.spans).values()];
    expect(rounds).toHaveLength(2);
    for (const spans of rounds) {
      expect(spans.filter(({ parent }) => parent === "").map(({ name }) => name)).toEqual(["round"]);
      expect(new Set(spans.map(({ process }) => process))).toEqual(
        new Set(["tributary-coordinator", ...["alice", "bob", "judge"].map((name) => `tributary-worker ${name}`)]),
      );
      const paths = (name: string, process = /./) =>
        spans.filter((span) => span.name === name && process.test(span.process)).map((span) => above(span, spans));
      for (const name of NAMES) {
        const own = new RegExp(`worker ${name}$`);
        for (const part of ["download", "train", "upload"])
          expect(paths(part, own)).toEqual([["training", "assignment", "training", "round"]]);
        const [work] = spans.filter((span) => span.name === "training" && own.test(span.process));
        const assignment = spans.find(({ spanId }) => spanId === work?.parent);
        expect(assignment?.attributes["tributary.worker"]).toBe(name);
      }
      expect(paths("evaluate")[0]).toEqual(["evaluating", "assignment", "evaluating", "round"]);
      expect(paths("admission")).toEqual(NAMES.map(() => ["assignment", "training", "round"]));
      expect(paths("aggregation")).toEqual([["aggregating", "round"]]);
      expect(paths("commit")).toEqual([["aggregating", "round"]]);
    }
    if (process.env.PRINT_TRACE) console.log(printTrace(rounds[0] ?? []));
  });

  it("of a round that a restart cut in two are two, the second one marked as resumed", async () => {
    receiver.spans.length = 0;
    const data = join(folder.path, "two");
    const first = await startFederation(data, { env: traced() });
    for (const name of NAMES) first.startWorker({ name, data: join(folder.path, name) });
    const { id } = await first.client.jobs.create({ ...spec(1, 5), evaluation: { every: 0 } });
    for await (const notice of first.client.watch(id))
      if (notice.type === "progress" && notice.data.phase === "train") break;
    first.coordinator.kill("SIGKILL");
    await first.coordinator.exited;
    const again = await startFederation(data, { env: traced(), port: Number(new URL(first.url).port) });
    for await (const _ of again.client.watch(id));
    await first.stop();
    await again.stop();
    const roots = receiver.spans.filter(({ name }) => name === "round");
    expect(roots.map(({ attributes }) => attributes["tributary.resumed"])).toEqual([true]);
    expect(tracesOf(receiver.spans).size).toBe(2);
  });
});
