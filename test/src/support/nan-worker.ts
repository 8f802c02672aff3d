import { randomUUID } from "node:crypto";
import { catalogue } from "@tributary/nn";
import {
  CHUNK_BYTES,
  chunkCount,
  coordinatorEvents,
  decodeParameters,
  digestOf,
  encodeParameters,
  Identity,
  openChannel,
  PROTOCOL_VERSION,
  v1,
  workerEvents,
} from "@tributary/protocol";
import { io } from "socket.io-client";

/**
 * A worker that speaks the protocol well and answers every assignment with a NaN in the middle of its parameters.
 * A process of its own: `node nan-worker.js URL NAME SAMPLES`, the join token in TRIBUTARY_JOIN_TOKEN.
 */
const [url = "", name = "", samples = "0"] = process.argv.slice(2);
const socket = io(url, { transports: ["websocket"], auth: { token: process.env.TRIBUTARY_JOIN_TOKEN } });
const channel = openChannel(socket, coordinatorEvents, workerEvents);
const identity = Identity.make();
const instance = randomUUID();
const say = (fact: string) => process.stdout.write(`${fact}\n`);

socket.on("connect", async () => {
  const registration = v1.Registration.fromObject({
    protocolVersion: PROTOCOL_VERSION,
    name,
    role: v1.Role.ROLE_TRAIN,
    dataset: "mnist",
    samples: Number(samples),
    backend: "wasm",
    threads: 1,
    software: "0.1.0",
    sampleShape: [1, 28, 28],
    classes: 10,
    ops: [...catalogue.keys()],
    publicKey: identity.publicKey,
    instance,
    signature: identity.sign({ socket: socket.id ?? "", name, instance }),
  });
  await channel.call("register", registration);
  say("registered");
});

channel.handle("assign", ({ task }) => {
  if (task) answer(v1.Task.fromObject(task)).catch((error: Error & { code?: string }) => say(`refused ${error.code}`));
  return v1.Empty.create();
});
channel.handle("abort", () => v1.Empty.create());

async function answer({ job, round, attempt, model }: v1.Task): Promise<void> {
  const parameters = decodeParameters(await download(model?.digest ?? new Uint8Array(), model?.size ?? 0));
  const middle = parameters[Math.floor(parameters.length / 2)];
  middle?.values.fill(Number.NaN, 3, 4);
  const bytes = encodeParameters(parameters);
  const blob = { digest: digestOf(bytes), size: bytes.byteLength };
  const { upload } = await channel.call("uploadOpen", v1.UploadOpen.fromObject({ job, round, attempt, blob }));
  for (let index = 0; index < chunkCount(bytes.byteLength); index++) {
    const data = bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
    await channel.call("uploadChunk", v1.UploadChunk.fromObject({ upload, index, data }));
  }
  const update = {
    job,
    round,
    attempt,
    parameters: blob,
    samples: Number(samples),
    metrics: { loss: 0.5, batches: 1 },
  };
  await channel.call("update", v1.Update.fromObject(update));
  say("accepted");
}

async function download(digest: Uint8Array, size: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (let index = 0; index < chunkCount(size); index++) {
    const { data } = await channel.call("chunk", v1.ChunkRequest.fromObject({ digest, index }));
    chunks.push(data);
  }
  return Buffer.concat(chunks);
}
