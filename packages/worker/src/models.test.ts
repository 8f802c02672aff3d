import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packModel, parseCodec, roundedModel, unpackModel } from "@tributary/federation";
import { initialise, namedModel } from "@tributary/nn";
import {
  type BlobRef,
  chunkRange,
  coordinatorEvents,
  digestOf,
  encodeParameters,
  hex,
  openChannel,
  TributaryError,
  workerEvents,
} from "@tributary/protocol";
import { pino } from "pino";
import { Server } from "socket.io";
import { io, type Socket } from "socket.io-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Models } from "./models.js";
import type { WorkerChannel } from "./session.js";

const { parameters } = namedModel("lenet5");
const codec = parseCodec("float16");
const model = roundedModel(codec, initialise(namedModel("lenet5"), 1));
const plain = encodeParameters(model);
const packed = packModel(codec, model);
const refOf = (bytes: Uint8Array): BlobRef => ({ digest: hex(digestOf(bytes)), size: bytes.byteLength });
const unpack = (bytes: Uint8Array) => unpackModel(codec, bytes, parameters);

let folder: string;
let server: Server;
let socket: Socket;
let channel: WorkerChannel;
let models: Models;
/** What is served, by digest, and what was asked for. */
let served: Map<string, Uint8Array>;
let asked: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-models-"));
  [served, asked] = [new Map(), []];
  const http = createServer();
  server = new Server(http, { transports: ["websocket"] });
  server.on("connection", (connection) =>
    openChannel(connection, workerEvents, coordinatorEvents).handle("chunk", ({ digest, index }) => {
      asked.push(hex(digest));
      const bytes = served.get(hex(digest));
      if (bytes === undefined) throw new TributaryError("blob_unknown", "no work of this worker needs this blob");
      const { start, end } = chunkRange(bytes.byteLength, index);
      return { data: bytes.subarray(start, end) };
    }),
  );
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  socket = io(`http://127.0.0.1:${(http.address() as AddressInfo).port}`, { transports: ["websocket"] });
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  channel = openChannel(socket, coordinatorEvents, workerEvents);
  models = await Models.open(folder, pino({ level: "silent" }));
});
afterEach(async () => {
  socket.disconnect();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const fetched = () => models.fetch(refOf(plain), channel, { packed: { ref: refOf(packed), unpack } });

describe("a model that may come in few bytes", () => {
  it("is made of them, and stays: the next time nothing is asked for", async () => {
    served.set(refOf(packed).digest, packed);
    expect(Buffer.compare(await fetched(), plain)).toBe(0);
    expect(new Set(asked)).toEqual(new Set([refOf(packed).digest]));
    asked = [];
    expect(Buffer.compare(await fetched(), plain)).toBe(0);
    models = await Models.open(folder, pino({ level: "silent" }));
    expect(Buffer.compare(await fetched(), plain)).toBe(0);
    expect(asked).toEqual([]);
  });

  const other = packModel(codec, roundedModel(codec, initialise(namedModel("lenet5"), 2)));
  it.each<[string, () => readonly [BlobRef, Uint8Array] | undefined]>([
    ["are not there any more", () => undefined],
    ["are those of another model", () => [refOf(other), other]],
    ["are none of a model", () => [refOf(packed.subarray(1)), packed.subarray(1)]],
  ])("comes as it is where they %s", async (_, few) => {
    const [ref, bytes] = few() ?? [refOf(packed), undefined];
    if (bytes !== undefined) served.set(ref.digest, bytes);
    served.set(refOf(plain).digest, plain);
    const came = await models.fetch(refOf(plain), channel, { packed: { ref, unpack } });
    expect(Buffer.compare(came, plain)).toBe(0);
    expect(new Set(asked)).toEqual(new Set([ref.digest, refOf(plain).digest]));
  });

  it("is not there where neither is", async () => {
    await expect(fetched()).rejects.toMatchObject({ code: "blob_unknown" });
  });
});
