// The thread runs the built package, so that it is loaded as an installed one is.
import { type BackendName, type Batch, buffersOf, EngineThread, type TrainingSettings } from "@tributary/engine";
import type { Graph } from "@tributary/nn";
import type { ParameterSet, TributaryError } from "@tributary/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { report } from "../testing/backends.js";
import { chain, links, plainSgd, randomBatches, randomParameters } from "../testing/networks.js";

type Request = { kind: "echo"; values: Float32Array } | { kind: "refuse" | "fail" | "crash" | "exit" } | TrainRequest;
interface TrainRequest {
  kind: "train";
  backend: BackendName;
  graph: Graph;
  parameters: ParameterSet;
  batch: Batch;
  times: number;
  settings: TrainingSettings;
}
type Thread = EngineThread<Request, { values: Float32Array; workerData: unknown; ownShare: number }, unknown>;

const threads: Thread[] = [];
const start = (entry = "thread.mjs"): Thread => {
  const url = new URL(`../../test/fixtures/${entry}`, import.meta.url);
  const thread: Thread = new EngineThread(url, { name: "test", workerData: { shard: "alice" } });
  threads.push(thread);
  return thread;
};
afterEach(async () => {
  await Promise.all(threads.splice(0).map((thread) => thread.terminate()));
});

const graph = chain([1, 8, 8], [links.flatten([1, 8, 8]), links.linear(64, 3)]);
interface Work {
  readonly backend: BackendName;
  readonly network: Graph;
  readonly samples: number;
  readonly times: number;
}
/** Trains on one batch again and again. */
function trainRequest({ backend = "wasm", network = graph, samples = 4, times = 1e9 }: Partial<Work> = {}): Request {
  const [batch] = randomBatches(network, 1, 1, samples, 3);
  if (batch === undefined) throw new Error("there is no batch");
  const settings = { loss: { name: "cross-entropy" }, optimizer: plainSgd, seed: 1, streamName: [] } as const;
  return { kind: "train", backend, graph: network, parameters: randomParameters(network, 1), batch, times, settings };
}

describe("an engine thread", () => {
  it("answers a request, reports progress and has its worker data", async () => {
    const progress: unknown[] = [];
    const answer = await start().call(
      { kind: "echo", values: Float32Array.of(1, 2) },
      { onProgress: (part) => progress.push(part) },
    );
    expect(answer).toEqual({ values: Float32Array.of(1, 2), workerData: { shard: "alice" } });
    expect(progress).toEqual(["half way"]);
  });

  it("moves memory that is listed for transfer and copies what is not", async () => {
    const thread = start();
    const moved: Request = { kind: "echo", values: new Float32Array(1000) };
    await thread.call(moved, { transfer: buffersOf(moved) });
    expect(moved.values.byteLength).toBe(0);
    const copied: Request = { kind: "echo", values: new Float32Array(1000) };
    await thread.call(copied);
    expect(copied.values.byteLength).toBe(4000);
  });

  it("answers several requests in their order", async () => {
    const thread = start();
    const values = [1, 2, 3].map((value) => Float32Array.of(value));
    const answers = await Promise.all(values.map((value) => thread.call({ kind: "echo", values: value })));
    expect(answers.map((answer) => answer.values)).toEqual(values);
  });

  it("hands on an error of the catalogue, and lives on", async () => {
    const thread = start();
    await expect(thread.call({ kind: "refuse" })).rejects.toMatchObject({
      name: "TributaryError",
      code: "shard_missing",
      message: "there is no shard",
    });
    await expect(thread.call({ kind: "echo", values: Float32Array.of(1) })).resolves.toBeDefined();
  });

  it("keeps any other error as the cause of training_failed", async () => {
    const error: TributaryError = await start()
      .call({ kind: "fail" })
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "training_failed", message: "the engine thread failed" });
    expect(error.cause).toMatchObject({ message: "out of luck" });
  });

  it.each<Request>([{ kind: "crash" }, { kind: "exit" }])(
    "rejects what is open when it ends ($kind), and all that comes",
    async (end) => {
      const thread = start();
      const open = Promise.allSettled([thread.call(end), thread.call({ kind: "refuse" })]);
      for (const { status, ...rest } of await open) {
        expect(status).toBe("rejected");
        expect(rest).toMatchObject({ reason: { code: "training_failed" } });
      }
      await expect(thread.call({ kind: "refuse" })).rejects.toMatchObject({ code: "training_failed" });
    },
  );

  it("rejects when the entry file does not exist", async () => {
    await expect(start("missing.mjs").call({ kind: "refuse" })).rejects.toMatchObject({ code: "training_failed" });
  });

  it("stops training at the next batch when it is called off, and then takes the next request", async () => {
    const thread = start();
    const controller = new AbortController();
    let batches = 0;
    const training = thread.call(trainRequest(), {
      signal: controller.signal,
      onProgress: () => {
        batches += 1;
        if (batches === 3) controller.abort();
      },
    });
    await expect(training).rejects.toMatchObject({ code: "aborted" });
    await expect(thread.call({ kind: "echo", values: Float32Array.of(1) })).resolves.toBeDefined();
  });

  it("starts nothing for a signal that was aborted before", async () => {
    const call = start().call({ kind: "crash" }, { signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ code: "aborted" });
  });

  it.skipIf(!report.native.works || process.platform !== "linux")(
    "computes on native by itself, so that several do at once",
    async () => {
      const network = chain(
        [1, 28, 28],
        [links.conv2d([32, 1, 5, 5], [32, 24, 24]), links.flatten([32, 24, 24]), links.linear(32 * 24 * 24, 3)],
      );
      const { ownShare } = await start().call(trainRequest({ backend: "native", network, samples: 64, times: 100 }));
      expect(ownShare).toBeGreaterThan(0.7);
    },
  );

  it("ends at once when it is terminated", async () => {
    const thread = start();
    const training = thread.call(trainRequest());
    const outcome = expect(training).rejects.toMatchObject({ code: "aborted" });
    await thread.terminate();
    await outcome;
  });
});

describe("buffersOf", () => {
  it("finds the memory of typed arrays in objects and arrays, each once", () => {
    const shared = new Float32Array(4);
    const value = { a: [shared, { b: shared.subarray(1) }], c: new Int32Array(2), d: "text", e: null };
    expect(buffersOf(value)).toEqual([shared.buffer, value.c.buffer]);
  });
});
