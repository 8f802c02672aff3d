import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { forward, openBackend, train } from "@tributary/engine";
import * as nn from "@tributary/nn";
import { type Parameter, stream } from "@tributary/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "./support/federation.js";
import { farthest, onnxRuntime, runOnnx } from "./support/onnx-runtime.js";

const python = process.env.TRIBUTARY_PYTHON;
const script = fileURLToPath(new URL("../pytorch/exchange.py", import.meta.url));
const runPython = (...args: readonly string[]) => promisify(execFile)(python ?? "", [script, ...args]);

/** The network that `exchange.py` has, too. */
class Net extends nn.Module {
  features = nn.sequential(
    new nn.Conv2d(1, 6, 3, { padding: 1, bias: false }),
    new nn.BatchNorm2d(6),
    new nn.PReLU(6),
    new nn.MaxPool2d(2),
    new nn.Conv2d(6, 8, 3, { stride: 2, groups: 2 }),
    new nn.GroupNorm(2, 8),
    new nn.GELU(),
  );
  lstm = new nn.LSTM(4, 5, { bidirectional: true });
  norm = new nn.LayerNorm(10);
  fc = new nn.Linear(10, 4);
  forward(x: nn.Value): nn.Value {
    const steps = this.lstm.forward(nn.flatten(this.features.forward(x), 2));
    return this.fc.forward(this.norm.forward(nn.flatten(nn.narrow(steps, 1, 7, 1))));
  }
}

const graph = nn.trace(new Net(), [1, 12, 12]);
const random = stream(1, "images");
const images = (count: number) => Float32Array.from({ length: count * 144 }, () => 1 + 2 * random.normal());

async function trained(): Promise<readonly Parameter[]> {
  const batches = Array.from({ length: 10 }, () => ({
    images: images(8),
    shape: [8, 1, 12, 12],
    labels: Int32Array.from({ length: 8 }, () => random.below(4)),
  }));
  const settings = {
    loss: { name: "cross-entropy" },
    optimizer: { name: "sgd", learningRate: 0.05 },
    seed: 1,
    streamName: [],
  } as const;
  return (await train(await openBackend(), graph, nn.initialise(graph, 1), batches, settings)).parameters;
}

const named = (parameters: readonly Parameter[], name: string) => parameters.find((each) => each.name === name);

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => folder?.[Symbol.asyncDispose]());

describe("a network trained here", () => {
  const shape = [5, 1, 12, 12];
  const input = images(5);
  let parameters: readonly Parameter[];
  let logits: Float32Array;

  beforeAll(async () => {
    parameters = await trained();
    logits = await forward(await openBackend(), graph, parameters, input, shape);
  });

  it("has moved statistics, as a trained one has", () => {
    expect(named(parameters, "features.1.running_mean")?.values.every((mean) => Math.abs(mean) > 1e-3)).toBe(true);
  });

  it.skipIf(!onnxRuntime.works)(`gives the same logits in ONNX Runtime${onnxRuntime.note}`, async () => {
    const [output] = await runOnnx(nn.exportOnnx(graph, parameters), [{ name: "input", shape, values: input }]);
    expect(farthest(output?.values ?? [], logits)).toBeLessThan(1);
  });

  it("has the same parameters after a way through ONNX", () => {
    const read = nn.decodeOnnxParameters(nn.exportOnnx(graph, parameters));
    expect(nn.loadParameters(graph, read)).toEqual(parameters);
  });

  it.skipIf(python === undefined)("gives the same logits in PyTorch", async () => {
    const [model, given, out] = ["trained", "input", "logits"].map((name) => join(folder.path, `${name}.safetensors`));
    if (!model || !given || !out) throw new Error("no files");
    await writeFile(model, nn.encodeSafetensors(parameters));
    await writeFile(given, nn.encodeSafetensors([{ name: "input", shape, values: input }]));
    await runPython("run", model, given, out);
    const answer = named(nn.decodeSafetensors(await readFile(out)), "logits");
    expect(answer?.shape).toEqual([5, 4]);
    expect(farthest(answer?.values ?? [], logits)).toBeLessThan(1);
  });
});

describe("a network from PyTorch", () => {
  it.skipIf(python === undefined)("gives the same logits here", async () => {
    await runPython("make", folder.path);
    const parameters = nn.decodeSafetensors(await readFile(join(folder.path, "model.safetensors")));
    const run = nn.decodeSafetensors(await readFile(join(folder.path, "run.safetensors")));
    const input = named(run, "input");
    const here = await forward(
      await openBackend(),
      graph,
      nn.loadParameters(graph, parameters),
      input?.values ?? new Float32Array(),
      input?.shape ?? [],
    );
    expect(here).toHaveLength(20);
    expect(farthest(here, named(run, "logits")?.values ?? [])).toBeLessThan(1);
  });
});
