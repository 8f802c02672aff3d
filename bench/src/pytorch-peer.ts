import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { bytesOf } from "./batches.js";

export interface Workload {
  readonly mode: "training" | "inference";
  readonly model: string;
  readonly batch: number;
  readonly threads: number;
  readonly steps: number;
  /** Of one image. */
  readonly shape: readonly number[];
  /** steps * batch images, normalised. */
  readonly images: Float32Array;
  readonly labels: Int32Array;
}

/** The same network in PyTorch, in a process of its own, measured in turn with ours. */
export interface PytorchPeer extends AsyncDisposable {
  readonly version: string;
  /** One pass over the workload, images a second. */
  pass(): Promise<number>;
}

const script = fileURLToPath(new URL("../peers/pytorch_peer.py", import.meta.url));

/** @param python a Python that can `import torch` */
export async function startPytorch(python: string, workload: Workload): Promise<PytorchPeer> {
  const { mode, model, batch, threads, steps, shape } = workload;
  const env = { ...process.env, OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) };
  const child = spawn(python, [script, mode, model, String(batch), String(threads), String(steps), shape.join("x")], {
    stdio: ["pipe", "pipe", "inherit"],
    env,
  });
  await once(child, "spawn");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<Record<string, unknown>> => {
    const line = await lines.next();
    if (line.done) throw new Error(`${python} ended early; can it import torch?`);
    return JSON.parse(line.value);
  };
  child.stdin.write(bytesOf(workload.images));
  child.stdin.write(bytesOf(workload.labels));
  const hello = await answer();
  return {
    version: String(hello.version),
    async pass() {
      child.stdin.write("pass\n");
      const { seconds } = await answer();
      return (batch * steps) / Number(seconds);
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}
