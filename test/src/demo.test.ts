import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { backendReport } from "@tributary/engine";
import { decodeSafetensors } from "@tributary/nn";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { temporaryFolder, tributary } from "./support/federation.js";

const native = (await backendReport()).native.works;
const python = process.env.TRIBUTARY_PYTHON;
/** All 40 rounds where that is quick, and fewer where it is not. */
const ROUNDS = native ? 40 : 11;
const TARGET = native ? 0.95 : 0.85;

/** What the shell of somebody has who works with another federation: the demo has tokens, a database and addresses of its own. */
const OTHERS = {
  DATABASE_URL: "postgres://nobody@127.0.0.1:9/none",
  TRIBUTARY_ADMIN_TOKEN: "the-admin-token-of-another",
  TRIBUTARY_ADMIN_TOKEN_FILE: "/nowhere/admin-token",
  TRIBUTARY_CA: "/nowhere/ca.pem",
  TRIBUTARY_COORDINATOR: "http://127.0.0.1:9",
  TRIBUTARY_HOST: "192.0.2.1",
  TRIBUTARY_JOIN_TOKEN: "the-join-token-of-another",
  TRIBUTARY_JOIN_TOKEN_FILE: "/nowhere/join-token",
  TRIBUTARY_METRICS_HOST: "192.0.2.1",
  TRIBUTARY_METRICS_PORT: "1",
  TRIBUTARY_TLS_CERT: "/nowhere/cert.pem",
  TRIBUTARY_TLS_KEY: "/nowhere/key.pem",
  TRIBUTARY_TOKEN: "a-token-of-another",
};

const resultSchema = z.object({
  rounds: z.number(),
  accuracy: z.number(),
  workers: z.record(z.string(), z.number()),
  digest: z.string(),
  modelFile: z.string(),
});

describe(`the demo, ${ROUNDS} rounds, in an environment with settings of another federation`, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let exitCode: number | null;
  let result: z.output<typeof resultSchema>;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const modelFile = join(folder.path, "model.safetensors");
    const args = [
      "demo",
      "--json",
      "--rounds",
      String(ROUNDS),
      "--folder",
      join(folder.path, "demo"),
      "--output",
      modelFile,
    ];
    const run = await tributary(args, folder.path, OTHERS);
    exitCode = run.exitCode;
    const json = run.output.split("\n").findLast((line) => line.startsWith("{")) ?? run.output;
    result = resultSchema.parse(JSON.parse(json));
  }, 600_000);
  afterAll(async () => folder?.[Symbol.asyncDispose]());

  it(`ends with exit code 0 and an accuracy of at least ${TARGET}`, () => {
    expect(exitCode).toBe(0);
    expect(result.rounds).toBe(ROUNDS);
    expect(result.accuracy).toBeGreaterThanOrEqual(TARGET);
  });

  it("none of the workers could have learned it alone", () => {
    expect(Object.keys(result.workers).sort()).toEqual(["alice", "bob", "charlie"]);
    for (const accuracy of Object.values(result.workers)) expect(accuracy).toBeLessThan(result.accuracy - 0.03);
  });

  it("leaves a model with PyTorch's names and shapes", async () => {
    const model = decodeSafetensors(await readFile(result.modelFile));
    expect(Object.fromEntries(model.map(({ name, shape }) => [name, shape]))).toEqual({
      "conv1.weight": [20, 1, 5, 5],
      "conv1.bias": [20],
      "conv2.weight": [50, 20, 5, 5],
      "conv2.bias": [50],
      "fc1.weight": [500, 800],
      "fc1.bias": [500],
      "fc2.weight": [10, 500],
      "fc2.bias": [10],
    });
  });

  it.skipIf(python === undefined)("which scores the same in PyTorch, within 0.05 points", async () => {
    const script = fileURLToPath(new URL("../pytorch/score.py", import.meta.url));
    const data = fileURLToPath(new URL("../../packages/data/datasets/mnist", import.meta.url));
    const { stdout } = await promisify(execFile)(python ?? "", [script, result.modelFile, data]);
    const { accuracy } = z.object({ accuracy: z.number() }).parse(JSON.parse(stdout));
    expect(Math.abs(accuracy - result.accuracy)).toBeLessThanOrEqual(0.0005);
  });
});
