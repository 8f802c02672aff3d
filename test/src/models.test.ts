import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LocalFederation } from "@tributary/cli";
import { mnist, subset, writeShard } from "@tributary/data";
import { forward, openBackend } from "@tributary/engine";
import {
  decodeOnnxParameters,
  decodeSafetensors,
  encodeSafetensors,
  exportOnnx,
  initialise,
  namedModel,
} from "@tributary/nn";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { startFederation, temporaryFolder, tributary } from "./support/federation.js";

const graph = namedModel("logistic");
const parameters = initialise(graph, 1);
/** An image [1, 28, 28] of values that a file holds exactly. */
const pixels = Uint8Array.from({ length: 784 }, (_, at) => (at * 37) % 256);
const raw = { raw: { width: 28, height: 28, channels: 1 } } as const;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string) => join(folder.path, name);
const run = (...args: readonly string[]) => tributary(["model", ...args], folder.path, { TRIBUTARY_BACKEND: "wasm" });
const json = async (...args: readonly string[]): Promise<unknown> => JSON.parse((await run(...args, "--json")).output);

beforeAll(async () => {
  folder = await temporaryFolder();
  await Promise.all([
    writeFile(at("model.safetensors"), encodeSafetensors(parameters, { note: "a\u001b[31mb" })),
    writeFile(at("model.onnx"), exportOnnx(graph, parameters)),
    writeFile(at("graph.json"), JSON.stringify(graph)),
    sharp(pixels, raw).png().toFile(at("image.png")),
    sharp(pixels, raw).toColourspace("srgb").webp({ lossless: true }).toFile(at("image.webp")),
  ]);
});
afterAll(async () => folder?.[Symbol.asyncDispose]());

describe("model show", () => {
  it("shows the layers of a named model and of a traced graph alike", async () => {
    const named = await run("show", "logistic");
    expect(named.output).toContain("7,850 parameters");
    expect(named.exitCode).toBe(0);
    expect((await run("show", at("graph.json"))).output).toBe(named.output);
  });

  it.each([
    ["safetensors", "F32"],
    ["onnx", "FLOAT"],
  ])("shows the tensors in a %s file, in plain text", async (format, type) => {
    const { output, exitCode } = await run("show", at(`model.${format}`));
    expect(output).toMatch(new RegExp(`^fc\\.weight {2}${type} +\\[10, 784\\] +7,840 *$`, "m"));
    expect(output).toContain("2 tensors, 7,850 values");
    expect(output).not.toContain("\u001b[31m");
    expect(exitCode).toBe(0);
  });
});

describe("model export", () => {
  it("writes what a file holds in the other format", async () => {
    const onnx = at("exported/model.onnx");
    expect((await run("export", "logistic", "--weights", at("model.safetensors"), "--output", onnx)).exitCode).toBe(0);
    expect(decodeOnnxParameters(await readFile(onnx))).toEqual(parameters);
    const back = at("exported/back");
    await run("export", at("graph.json"), "--weights", onnx, "--format", "safetensors", "--output", back);
    expect(decodeSafetensors(await readFile(back))).toEqual(parameters);
  });
});

describe("model predict", () => {
  const scores = z.array(
    z.object({
      image: z.string(),
      class: z.number(),
      classes: z.array(z.object({ class: z.number(), probability: z.number() })),
    }),
  );

  it.each(["safetensors", "onnx"])(
    "gives what the engine gives for the same pixels, out of any file: %s",
    async (format) => {
      const args = ["logistic", "--weights", at(`model.${format}`), at("image.png"), at("image.webp"), "--top", "10"];
      const results = scores.parse(await json("predict", ...args));
      const values = Float32Array.from(pixels, (pixel) => (pixel / 255 - 0.1307) / 0.3081);
      const logits = await forward(await openBackend("wasm"), graph, parameters, values, [1, 1, 28, 28]);
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
      for (const { classes, class: first } of results) {
        expect(first).toBe(classes[0]?.class);
        expect(classes).toHaveLength(10);
        for (const { class: index, probability } of classes)
          expect(probability).toBeCloseTo(Math.exp(logits[index] ?? Number.NaN) / total, 4);
      }
      expect(results.map(({ image }) => image)).toEqual([at("image.png"), at("image.webp")]);
    },
  );

  it("takes another normalisation, and images of any size and colour", async () => {
    await sharp({ create: { width: 90, height: 60, channels: 4, background: "#08f8" } })
      .png()
      .toFile(at("blue.png"));
    const args = ["logistic", "--weights", at("model.onnx"), at("blue.png"), "--mean", "0.5", "--deviation", "0.25"];
    const [result] = scores.parse(await json("predict", ...args));
    const grey = (0.587 * 0x88 + 0.114 * 0xff) / 255;
    const values = new Float32Array(784).fill((grey - 0.5) / 0.25);
    const logits = await forward(await openBackend("wasm"), graph, parameters, values, [1, 1, 28, 28]);
    expect(result?.class).toBe(logits.indexOf(Math.max(...logits)));
  });
});

describe("bad input to the commands of models", () => {
  /** One line that says what is wrong, one that says what to do, exit code 1, no stack. */
  async function expectError(args: readonly string[], message: RegExp): Promise<void> {
    const { output, exitCode } = await run(...args.map((arg) => arg.replace("@", `${folder.path}/`)));
    const lines = output.trim().split("\n");
    expect(lines[0]).toMatch(/^error: /);
    expect(lines[0]).toMatch(message);
    expect(lines[1]).toMatch(/^hint: {2}\S/);
    expect(lines).toHaveLength(2);
    expect(exitCode).toBe(1);
  }

  beforeAll(async () => {
    const nan = parameters.map(({ values, ...rest }) => ({ ...rest, values: values.with(7, Number.NaN) }));
    await writeFile(at("nan.safetensors"), encodeSafetensors(nan));
    await writeFile(at("cut.onnx"), (await readFile(at("model.onnx"))).subarray(0, 9_000));
    await writeFile(at("cut.png"), (await readFile(at("image.png"))).subarray(0, 300));
  });

  const weights = ["--weights", "@model.onnx"];
  it.each<[string, readonly string[], RegExp]>([
    ["a misspelt model", ["show", "logistik"], /there is no model "logistik"; did you mean logistic/],
    [
      "a file that is cut off",
      ["show", "@cut.onnx"],
      /not an ONNX file: the file is damaged or cut off at its byte \d+/,
    ],
    [
      "NaN",
      ["export", "logistic", "--weights", "@nan.safetensors", "--output", "@x.onnx"],
      /fc\.weight\[0, 7\] is NaN/,
    ],
    ["no parameters", ["export", "logistic", "--output", "@x.onnx"], /there are no parameters for the model/],
    [
      "an output that can't be",
      ["export", "logistic", ...weights, "--output", "@graph.json/x.onnx"],
      /the model cannot be written to .*x\.onnx/,
    ],
    [
      "an image that is cut off",
      ["predict", "logistic", ...weights, "@image.png", "@cut.png"],
      /the image .*cut\.png is no PNG, JPEG or WebP/,
    ],
  ])("%s is refused", async (_, args, message) => expectError(args, message));
});

describe("the global model of a job", () => {
  let federation: LocalFederation;
  let client: readonly string[];
  let job: string;

  beforeAll(async () => {
    federation = await startFederation(at("federation"));
    client = ["--coordinator", federation.url, "--token", federation.adminToken];
    const set = await mnist("test");
    await writeShard(
      at("alice"),
      "alice",
      subset(
        set,
        Int32Array.from({ length: 64 }, (_, index) => index),
      ),
    );
    federation.startWorker({ name: "alice", data: at("alice") });
    const spec = {
      model: "logistic",
      dataset: "mnist",
      rounds: 2,
      cohort: { minimum: 1, quorum: 1 },
      evaluation: { every: 0 },
    };
    const workers = () => federation.client.workers.list();
    while (!(await workers()).some(({ connected }) => connected))
      await new Promise((resolve) => setTimeout(resolve, 100));
    job = (await federation.client.jobs.create(spec)).id;
    for await (const notice of federation.client.watch(job))
      if (notice.type === "job" && notice.data.status === "completed") break;
  });
  afterAll(async () => federation?.stop());

  it("is exported as it is, of any round", async () => {
    const file = at("job.onnx");
    const { output, exitCode } = await run(
      "export",
      "logistic",
      "--job",
      job,
      "--round",
      "1",
      "--output",
      file,
      ...client,
    );
    expect(output).toContain("onnx");
    expect(exitCode).toBe(0);
    const model = decodeSafetensors(await federation.client.models.fetch(job, 1));
    expect(decodeOnnxParameters(await readFile(file))).toEqual(model);
    expect(await json("show", file)).toMatchObject({ metadata: { job, round: "1", opset: "17" } });
  });

  it("tells classes", async () => {
    const { output, exitCode } = await run("predict", "logistic", "--job", job, at("image.png"), ...client);
    expect(output).toMatch(/image\.png {2}\d {6}\d: \d+\.\d\d %/);
    expect(exitCode).toBe(0);
  });
});
