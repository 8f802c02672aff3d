import { randomUUID } from "node:crypto";
import type { AuditEntry } from "@tributary/federation";
import { initialise, namedModel } from "@tributary/nn";
import {
  CHUNK_BYTES,
  CHUNKS_IN_FLIGHT,
  CHUNKS_PER_MESSAGE,
  encodeParameters,
  Identity,
  TributaryError,
  v1,
} from "@tributary/protocol";
import { io } from "socket.io-client";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { LocalCoordinator } from "../testing/local-coordinator.js";
import { Peer, type PeerOptions } from "../testing/peer.js";

/** The same count for each of ten classes. */
const tenOf = (count: number): number[] => new Array<number>(10).fill(count);

describe("the socket", () => {
  let coordinator: LocalCoordinator;
  const opened: Peer[] = [];
  beforeAll(async () => {
    coordinator = await LocalCoordinator.start({ limits: { workers: 6 } });
  });
  afterEach(() => {
    for (const peer of opened.splice(0)) peer.close();
  });
  afterAll(() => coordinator[Symbol.asyncDispose]());

  const connect = async (
    name = "alice",
    token = coordinator.tokens.join,
    options: Partial<PeerOptions> = {},
  ): Promise<Peer> => {
    const peer = await Peer.connect({ url: coordinator.url, token, name, ...options });
    opened.push(peer);
    return peer;
  };

  it.each([
    ["a wrong token", "wrong"],
    ["no token", ""],
    ["the token of the API", "admin"],
  ])("refuses a handshake with %s, and says so", async (_, token) => {
    const given = token === "admin" ? coordinator.tokens.admin : token;
    await expect(connect("alice", given)).rejects.toMatchObject({
      data: { code: "unauthorized", message: expect.any(String), hint: expect.any(String) },
    });
  });

  it("refuses a connection by long polling", async () => {
    const socket = io(coordinator.url, {
      transports: ["polling"],
      auth: { token: coordinator.tokens.join },
      reconnection: false,
    });
    await expect(
      new Promise((resolve, reject) => {
        socket.on("connect", () => resolve("connected"));
        socket.on("connect_error", reject);
      }),
    ).rejects.toThrow();
    socket.close();
  });

  it("refuses more connections than it may hold", async () => {
    for (let count = 0; count < 6; count++) await connect(`worker-${count}`);
    await expect(connect("one-more")).rejects.toMatchObject({ data: { code: "rate_limited" } });
  });

  it("answers nothing before a registration", async () => {
    const peer = await connect();
    await expect(peer.channel.call("leave", {})).rejects.toMatchObject({ code: "not_registered" });
    await expect(peer.channel.call("chunk", {})).rejects.toMatchObject({ code: "not_registered" });
    await expect(peer.channel.call("update", {})).rejects.toMatchObject({ code: "not_registered" });
  });

  it.each<[string, v1.Registration.$Properties, string]>([
    ["of another protocol version", { protocolVersion: 99 }, "protocol_mismatch"],
    ["without a name", { name: "" }, "invalid_message"],
    ["whose name leaves the alphabet", { name: "../alice" }, "invalid_message"],
    ["whose name is too long", { name: "a".repeat(65) }, "invalid_message"],
    ["without a role", { role: v1.Role.ROLE_UNSPECIFIED }, "invalid_message"],
    ["without samples", { samples: 0 }, "invalid_message"],
    ["with absurdly many samples", { samples: 1e12 }, "invalid_message"],
    ["with line breaks in a field", { dataset: "mnist\nadmin" }, "invalid_message"],
    ["of too many dimensions", { sampleShape: new Array(9).fill(1) }, "invalid_message"],
    ["of no ops", { ops: [] }, "invalid_message"],
    ["of very many ops", { ops: Array.from({ length: 501 }, (_, index) => `acme.op${index}`) }, "invalid_message"],
    ["of an op with a long name", { ops: [`a${"b".repeat(100)}`] }, "invalid_message"],
    ["of an op whose name moves the cursor", { ops: ["relu\u001b[2J"] }, "invalid_message"],
    ["of an op without a name", { ops: [""] }, "invalid_message"],
    ["of label counts for some classes only", { labelCounts: [60, 40] }, "invalid_message"],
    ["of label counts that are not those of its samples", { labelCounts: tenOf(9) }, "invalid_message"],
    ["of label counts whose sum runs over", { labelCounts: tenOf(2 ** 32 - 1) }, "invalid_message"],
    ["of label counts that are negative", { labelCounts: [...tenOf(0).slice(2), -1, 101] }, "invalid_message"],
    [
      "of label counts for very many classes",
      { classes: 257, labelCounts: [100, ...new Array<number>(256).fill(0)] },
      "invalid_message",
    ],
    ["without a key", { publicKey: new Uint8Array() }, "invalid_message"],
    ["without the id of a process", { instance: "" }, "invalid_message"],
    ["without a signature", { signature: new Uint8Array() }, "unauthorized"],
    ["that somebody else signed", { publicKey: Identity.make().publicKey }, "unauthorized"],
    ["that was signed for another name", { name: "bob" }, "unauthorized"],
    ["that is too large", { dataset: "x".repeat(100_000) }, "payload_too_large"],
  ])("refuses a registration %s", async (_, changes, code) => {
    const peer = await connect();
    await expect(peer.register(changes)).rejects.toMatchObject({ code });
    await expect(peer.channel.call("leave", {})).rejects.toMatchObject({ code: "not_registered" });
    await expect(peer.register()).resolves.toMatchObject({ chunkBytes: CHUNK_BYTES, chunksInFlight: CHUNKS_IN_FLIGHT });
  });

  it("shows what a worker shares of its labels while it is there, and keeps it nowhere", async () => {
    const labels = async (name: string) => (await coordinator.request("GET", `/v1/workers/${name}`)).body.labels;
    const sharing = await connect("sharing");
    await sharing.register({ labelCounts: tenOf(10) });
    const silent = await connect("silent");
    await silent.register();
    expect(await labels("sharing")).toEqual(tenOf(10));
    expect(await labels("silent")).toBeNull();
    await sharing.channel.call("leave", {});
    expect(await labels("sharing")).toBeNull();
    const joined = async (): Promise<AuditEntry | undefined> =>
      (await coordinator.request("GET", "/v1/audit?action=worker.joined")).body.entries.find(
        ({ actor }: AuditEntry) => actor === "worker:sharing",
      );
    await expect.poll(joined).toBeDefined();
    expect((await joined())?.details).not.toHaveProperty("labels");
  });

  it("registers a connection once", async () => {
    const peer = await connect();
    await peer.register();
    await expect(peer.register()).rejects.toMatchObject({ code: "conflict" });
  });

  it("keeps a name for the worker that lives, and frees it when that is gone", async () => {
    const first = await connect();
    await first.register();
    const second = await connect();
    await expect(second.register()).rejects.toMatchObject({ code: "worker_name_taken" });
    first.close();
    await expect
      .poll(() =>
        second.register().then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
  });

  it("takes a new connection of the same process at once, for its old one is dead or will be", async () => {
    const instance = randomUUID();
    const old = await connect("alice", coordinator.tokens.join, { instance });
    await old.register();
    // It does not answer: nobody may wait for that.
    old.socket.off("abort");
    const closed = new Promise((resolve) => old.socket.once("disconnect", resolve));
    const before = performance.now();
    await (await connect("alice", coordinator.tokens.join, { instance })).register();
    expect(performance.now() - before).toBeLessThan(1_500);
    await closed;
  });

  it("does not take a signature that was heard on another connection", async () => {
    const [first, second] = [await connect(), await connect()];
    const identity = Identity.make();
    const instance = randomUUID();
    const signature = identity.sign({ socket: first.socket.id ?? "", name: "alice", instance });
    const registration = { publicKey: identity.publicKey, instance, signature };
    await expect(second.register(registration)).rejects.toMatchObject({ code: "unauthorized" });
  });

  it("keeps a name for the key that had it first, until the name is freed", async () => {
    const mallory = { identity: Identity.make() };
    const alice = await connect("owned");
    await alice.register();
    const taken = {
      code: "worker_name_taken",
      hint: expect.stringContaining("tributary workers remove owned"),
    };
    // A deaf holder makes no difference: nobody but its own key may take over from it.
    alice.socket.off("abort");
    await expect((await connect("owned", coordinator.tokens.join, mallory)).register()).rejects.toMatchObject(taken);
    const free = () => coordinator.request("DELETE", "/v1/workers/owned");
    expect(await free()).toMatchObject({ status: 409, body: { code: "conflict" } });
    await alice.channel.call("leave", {});
    await expect((await connect("owned", coordinator.tokens.join, mallory)).register()).rejects.toMatchObject(taken);
    expect(await free()).toMatchObject({ status: 200, body: { name: "owned", connected: false } });
    expect(await free()).toMatchObject({ status: 404, body: { code: "not_found" } });
    await (await connect("owned", coordinator.tokens.join, mallory)).register();
    await expect((await connect("owned")).register()).rejects.toMatchObject(taken);
  });

  it("still knows the key of a name after it was started again", async () => {
    await (await connect("kept")).register();
    await coordinator.restart();
    const other = { identity: Identity.make() };
    await expect((await connect("kept", coordinator.tokens.join, other)).register()).rejects.toMatchObject({
      code: "worker_name_taken",
    });
    await (await connect("kept")).register();
  });

  it("gives a name to a newcomer when its holder is silent", async () => {
    const silent = await connect();
    await silent.register();
    silent.socket.off("abort");
    const before = performance.now();
    await (await connect()).register();
    expect(performance.now() - before).toBeLessThan(4_000);
  });

  it.each([
    ["text instead of bytes", "text"],
    ["nothing", undefined],
  ])("lives on after %s", async (_, payload) => {
    const peer = await connect();
    const reply = await new Promise<Uint8Array>((resolve) => peer.socket.emit("register", payload, 0, resolve));
    expect(v1.Reply.decode(new Uint8Array(reply)).error?.code).toBe("invalid_message");
    peer.socket.emit("register");
    peer.socket.emit("nonsense", { deep: [1, 2, { x: null }] });
    await expect(peer.register()).resolves.toBeDefined();
  });

  it("closes a connection that sends more than any message may have", async () => {
    const peer = await connect();
    const closed = new Promise((resolve) => peer.socket.once("disconnect", resolve));
    peer.socket.emit("register", new Uint8Array(6 * 1024 * 1024), () => {});
    await closed;
    await expect((await connect()).register()).resolves.toBeDefined();
  });
});

describe("what a worker may ask for", () => {
  let coordinator: LocalCoordinator;
  let alice: Peer;
  let bob: Peer;
  let task: v1.Task.$Properties;
  const update = encodeParameters(
    initialise(namedModel("lenet5"), 1).map((parameter) => ({
      ...parameter,
      values: parameter.values.map((v) => v * 2),
    })),
  );

  beforeAll(async () => {
    coordinator = await LocalCoordinator.start();
    let give = (_: v1.Assignment) => {};
    const assigned = new Promise<v1.Assignment>((resolve) => {
      give = resolve;
    });
    alice = await coordinator.join("alice", { onAssignment: async (assignment) => give(assignment) });
    await coordinator.submit({ model: "lenet5", dataset: "mnist", cohort: { size: 1 }, evaluation: { every: 0 } });
    task = (await assigned).task ?? {};
    bob = await coordinator.join("bob");
  });
  afterAll(() => coordinator[Symbol.asyncDispose]());

  const place = () => ({ job: task.job ?? "", round: task.round ?? 0, attempt: task.attempt ?? 0 });
  const blob = (digest = new Uint8Array(32).fill(1), size = update.byteLength) => ({ digest, size });
  const refused = async (asking: Promise<unknown>): Promise<string> => {
    const error = await asking.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return error instanceof TributaryError ? error.code : "none";
  };

  it("gives the model's chunks, and no others", async () => {
    const digest = task.model?.digest ?? new Uint8Array();
    await expect(bob.channel.call("chunk", { digest, index: 0 })).resolves.toBeDefined();
    expect(await refused(bob.channel.call("chunk", { digest, index: 1 }))).toBe("chunk_out_of_range");
    const single = await bob.channel.call("chunk", { digest, index: 0, count: 1 });
    await expect(bob.channel.call("chunk", { digest, index: 0, count: 4 })).resolves.toEqual(single);
    for (const count of [3, 5, 8, 2 ** 32 - 1])
      expect(await refused(bob.channel.call("chunk", { digest, index: 0, count }))).toBe("chunk_out_of_range");
    expect(await refused(bob.channel.call("chunk", { digest: new Uint8Array(32), index: 0 }))).toBe("blob_unknown");
    expect(await refused(bob.channel.call("chunk", { digest: Buffer.from("../../admin-token"), index: 0 }))).toBe(
      "blob_unknown",
    );
  });

  it("takes updates of selected workers, for the open round, only", async () => {
    expect(await refused(bob.channel.call("uploadOpen", { ...place(), blob: blob() }))).toBe("not_in_cohort");
    expect(await refused(bob.channel.call("update", { ...place(), parameters: blob(), samples: 100 }))).toBe(
      "not_in_cohort",
    );
    for (const change of [{ job: "nobody" }, { round: 2 }, { attempt: 7 }])
      expect(await refused(alice.channel.call("uploadOpen", { ...place(), ...change, blob: blob() }))).toBe(
        "round_closed",
      );
  });

  it("refuses blobs without a digest, and updates that were not uploaded", async () => {
    expect(await refused(alice.channel.call("uploadOpen", { ...place(), blob: blob(new Uint8Array(5)) }))).toBe(
      "invalid_message",
    );
    expect(await refused(alice.channel.call("uploadOpen", place()))).toBe("invalid_message");
    expect(await refused(alice.channel.call("update", { ...place(), parameters: blob(), samples: 100 }))).toBe(
      "upload_unknown",
    );
  });

  it("refuses chunks that are truncated, too long, out of order or of no upload", async () => {
    const { upload, nextIndex } = await alice.channel.call("uploadOpen", { ...place(), blob: blob() });
    expect(nextIndex).toBe(0);
    const send = (index: number, data: Uint8Array, id = upload) =>
      alice.channel.call("uploadChunk", { upload: id, index, data });
    expect(await refused(send(0, update.subarray(1)))).toBe("chunk_invalid");
    expect(await refused(send(0, new Uint8Array(update.byteLength + 1)))).toBe("chunk_invalid");
    expect(await refused(send(1, update))).toBe("chunk_out_of_range");
    expect(await refused(send(0, update, "another"))).toBe("upload_unknown");
    expect(await refused(bob.channel.call("uploadChunk", { upload, index: 0, data: update }))).toBe("upload_unknown");
    expect(await refused(send(0, new Uint8Array(CHUNK_BYTES)))).toBe("chunk_invalid");
    expect(await refused(send(0, new Uint8Array(CHUNKS_PER_MESSAGE * CHUNK_BYTES + 2048)))).toBe("payload_too_large");
  });

  it("refuses evaluations of those who do not evaluate", async () => {
    expect(await refused(bob.channel.call("evaluation", { ...place(), loss: 1, accuracy: 1, samples: 1 }))).toBe(
      "round_closed",
    );
  });

  it("lets a failure of a worker that has no work pass", async () => {
    await expect(
      bob.channel.call("failure", { ...place(), error: { code: "training_failed" } }),
    ).resolves.toBeDefined();
    await expect(
      bob.channel.call("progress", { ...place(), phase: "train", done: 1, total: 2 }),
    ).resolves.toBeDefined();
    expect(await refused(bob.channel.call("progress", { ...place(), phase: "sleep" }))).toBe("invalid_message");
  });
});
