import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TributaryError } from "../errors.js";
import { CHUNK_BYTES, CHUNKS_IN_FLIGHT } from "../events.js";
import { chunkOf, content, refOf } from "../testing/content.js";
import { failure } from "../testing/failure.js";
import { BlobFolder } from "./blob-folder.js";
import { downloadBlob } from "./download.js";
import { MessageSize } from "./message-size.js";
import { uploadBlob } from "./upload.js";

let path: string;
let blobs: BlobFolder;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "tributary-transfer-"));
  blobs = await BlobFolder.open(path);
});
afterEach(() => rm(path, { recursive: true, force: true }));

const bytes = content(9 * CHUNK_BYTES + 1);
const ref = refOf(bytes);
const all = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/** What a link is trusted with that carried much, clean and quickly. */
function proven(): MessageSize {
  const messages = new MessageSize();
  for (const _ of [1, 2]) messages.answered(1024 ** 3, 0);
  return messages;
}

/** Several chunks of these bytes. */
const piecesOf = (index: number, count: number) =>
  bytes.subarray(index * CHUNK_BYTES, Math.min(bytes.byteLength, (index + count) * CHUNK_BYTES));

/** A side that does something with a chunk after a moment, and notes how many it did at once. */
function slowly<T>(act: (index: number) => T) {
  const log = { asked: [] as number[], most: 0, underWay: 0 };
  const handle = async (index: number): Promise<T> => {
    log.asked.push(index);
    log.underWay += 1;
    log.most = Math.max(log.most, log.underWay);
    await sleep(1 + ((7 * index) % 4));
    log.underWay -= 1;
    return act(index);
  };
  return { log, handle };
}

describe("a download", () => {
  it("asks for the chunks in their order, with no more than agreed on their way", async () => {
    const { log, handle: request } = slowly((index) => chunkOf(bytes, index));
    const progress: number[] = [];
    await using sink = await blobs.openPartial("model", ref);
    await downloadBlob(ref, { request, sink }, { onProgress: (done) => progress.push(done) });
    expect(log).toMatchObject({ asked: all, most: CHUNKS_IN_FLIGHT });
    expect(progress).toEqual(all.map((index) => Math.min(ref.size, (index + 1) * CHUNK_BYTES)));
    expect(Buffer.compare(await blobs.read(ref.digest), bytes)).toBe(0);
  });

  it("goes on where it stopped when the connection was lost", async () => {
    const lossy = slowly((index) => {
      if (index === 5) throw new TributaryError("disconnected", "gone");
      return chunkOf(bytes, index);
    });
    await using sink = await blobs.openPartial("model", ref);
    await expect(downloadBlob(ref, { request: lossy.handle, sink })).rejects.toEqual(failure("disconnected"));
    expect(sink.nextIndex).toBe(5);
    const whole = slowly((index) => chunkOf(bytes, index));
    await downloadBlob(ref, { request: whole.handle, sink });
    expect(whole.log.asked).toEqual([5, 6, 7, 8, 9]);
    expect(Buffer.compare(await blobs.read(ref.digest), bytes)).toBe(0);
  });

  it("asks for several chunks in a message on a clean and quick link, no more on their way than agreed", async () => {
    const asked: [number, number][] = [];
    let underWay = 0;
    let most = 0;
    const request = async (index: number, count: number) => {
      asked.push([index, count]);
      underWay += count;
      most = Math.max(most, underWay);
      await sleep(1);
      underWay -= count;
      return piecesOf(index, count);
    };
    await using sink = await blobs.openPartial("model", ref);
    await downloadBlob(ref, { request, sink }, { messages: proven() });
    // Ten chunks: a quarter of them.
    expect(asked).toEqual([0, 2, 4, 6, 8].map((index) => [index, 2]));
    expect(most).toBe(CHUNKS_IN_FLIGHT);
    expect(Buffer.compare(await blobs.read(ref.digest), bytes)).toBe(0);
  });

  it.each(["disconnected", "timed_out", "message_damaged"] as const)(
    "asks for single chunks after one was lost (%s), also in the next transfer",
    async (code) => {
      const messages = proven();
      const counts: number[] = [];
      await using sink = await blobs.openPartial("model", ref);
      const lossy = async () => Promise.reject(new TributaryError(code, "gone"));
      await expect(downloadBlob(ref, { request: lossy, sink }, { messages })).rejects.toEqual(failure(code));
      const request = async (index: number, count: number) => {
        counts.push(count);
        return piecesOf(index, count);
      };
      await downloadBlob(ref, { request, sink }, { messages });
      expect(counts).toEqual(all.map(() => 1));
    },
  );

  it("asks for large messages still after one was called off or refused", async () => {
    const messages = proven();
    await using sink = await blobs.openPartial("model", ref);
    for (const code of ["aborted", "blob_unknown"] as const) {
      const request = async () => Promise.reject(new TributaryError(code, "no"));
      await expect(downloadBlob(ref, { request, sink }, { messages })).rejects.toEqual(failure(code));
    }
    expect(messages.chunks).toBe(4);
  });

  it("refuses an answer of fewer chunks than were asked for", async () => {
    await using sink = await blobs.openPartial("model", ref);
    const fewer = downloadBlob(ref, { request: async () => piecesOf(0, 1), sink }, { messages: proven() });
    await expect(fewer).rejects.toEqual(failure("chunk_invalid"));
  });

  it("waits for the disk: a chunk that is not kept yet counts as on its way", async () => {
    let unfinished = 0;
    let most = 0;
    const request = async (index: number) => {
      most = Math.max(most, ++unfinished);
      return chunkOf(bytes, index);
    };
    const sink = {
      nextIndex: 0,
      async append(index: number) {
        await sleep(2);
        unfinished -= 1;
        return index + 1;
      },
      async finish() {},
    };
    await downloadBlob(ref, { request, sink }, { inFlight: 2 });
    expect(most).toBe(2);
  });

  it("refuses a chunk of the wrong length, and content of another digest", async () => {
    await using sink = await blobs.openPartial("model", ref);
    const short = downloadBlob(ref, { request: async () => new Uint8Array(3), sink });
    await expect(short).rejects.toEqual(failure("chunk_invalid"));
    const wrong = downloadBlob(ref, { request: async (index) => chunkOf(new Uint8Array(ref.size), index), sink });
    await expect(wrong).rejects.toEqual(failure("digest_mismatch"));
    expect(await blobs.list()).toEqual([]);
  });

  it("asks for nothing that is there", async () => {
    await blobs.write(bytes);
    await using sink = await blobs.openPartial("model", ref);
    await downloadBlob(ref, { request: () => Promise.reject(new Error("asked")), sink });
    const empty = refOf(new Uint8Array());
    await using nothing = await blobs.openPartial("empty", empty);
    await downloadBlob(empty, { request: () => Promise.reject(new Error("asked")), sink: nothing });
    expect(await blobs.has(empty.digest)).toBe(true);
  });

  it("is called off at once, before it begins or while a chunk does not come", async () => {
    await using sink = await blobs.openPartial("model", ref);
    const asked: number[] = [];
    const request = (index: number) => {
      asked.push(index);
      return new Promise<Uint8Array>(() => undefined);
    };
    const before = downloadBlob(ref, { request, sink }, { signal: AbortSignal.abort() });
    await expect(before).rejects.toEqual(failure("aborted"));
    expect(asked).toEqual([]);
    const controller = new AbortController();
    const during = downloadBlob(ref, { request, sink }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 10);
    await expect(during).rejects.toEqual(failure("aborted"));
  });

  it.each([0, -1, Number.NaN, 0.5])(
    "asks for one chunk at a time when %d are allowed, and never for too many",
    async (inFlight) => {
      const { log, handle: request } = slowly((index) => chunkOf(bytes, index));
      await using sink = await blobs.openPartial("model", ref);
      await downloadBlob(ref, { request, sink }, { inFlight });
      expect(log.most).toBe(1);
    },
  );
});

describe("an upload", () => {
  const read = async (start: number, end: number) => bytes.subarray(start, end);

  it("arrives whole, wherever it is interrupted, with at most so many on their way as allowed", async () => {
    const scenario = async (losses: number[], inFlight: number) => {
      const left = [...losses];
      for (let done = false; !done; ) {
        await using partial = await blobs.openPartial("alice", ref);
        let underWay = 0;
        const send = async (_: string, index: number, chunk: Uint8Array) => {
          expect(++underWay).toBeLessThanOrEqual(inFlight);
          // Chunks arrive in the order in which they were sent; acknowledgements come when they come.
          const kept = partial.append(index, chunk);
          await sleep((7 * index) % 3);
          underWay -= 1;
          if (left[0] === index) {
            left.shift();
            throw new TributaryError("disconnected", "gone");
          }
          return kept;
        };
        const open = async () => ({ upload: "u", nextIndex: partial.nextIndex });
        done = await uploadBlob(ref, { open, send, read }, { inFlight }).then(
          () => true,
          (error: TributaryError) => error.code !== "disconnected",
        );
        if (done) await partial.finish();
      }
      expect(await blobs.has(ref.digest)).toBe(true);
      await blobs.delete(ref.digest);
    };
    await fc.assert(fc.asyncProperty(fc.array(fc.nat(9), { maxLength: 3 }), fc.integer({ min: 1, max: 6 }), scenario), {
      numRuns: 10,
    });
  });

  it("carries several chunks in a message, from where the other side wants them, at its end what is left", async () => {
    const sent: [number, number][] = [];
    await using partial = await blobs.openPartial("alice", ref);
    await partial.append(0, chunkOf(bytes, 0));
    const send = async (_: string, index: number, piece: Uint8Array) => {
      sent.push([index, piece.byteLength]);
      return partial.append(index, piece);
    };
    await uploadBlob(ref, { open: async () => ({ upload: "u", nextIndex: 1 }), send, read }, { messages: proven() });
    expect(sent).toEqual([
      [1, CHUNK_BYTES],
      [2, 2 * CHUNK_BYTES],
      [4, 2 * CHUNK_BYTES],
      [6, 2 * CHUNK_BYTES],
      [8, CHUNK_BYTES + 1],
    ]);
    await partial.finish();
    expect(Buffer.compare(await blobs.read(ref.digest), bytes)).toBe(0);
  });

  it("begins where the other side wants it", async () => {
    const sent: number[] = [];
    const progress: number[] = [];
    await uploadBlob(
      ref,
      { open: async () => ({ upload: "u", nextIndex: 7 }), send: async (_, index) => void sent.push(index), read },
      { onProgress: (done) => progress.push(done) },
    );
    expect(sent).toEqual([7, 8, 9]);
    expect(progress).toEqual([8 * CHUNK_BYTES, 9 * CHUNK_BYTES, ref.size]);
  });

  it("sends nothing when the other side has it all", async () => {
    const send = () => Promise.reject(new Error("sent"));
    await uploadBlob(ref, { open: async () => ({ upload: "u", nextIndex: 10 }), send, read });
  });

  it.each([11, -1, 0.5, Number.NaN])("is refused when the other side wants chunk %d among 10", async (nextIndex) => {
    const upload = uploadBlob(ref, { open: async () => ({ upload: "u", nextIndex }), send: async () => {}, read });
    await expect(upload).rejects.toEqual(failure("chunk_out_of_range"));
  });

  it("throws what the other side answers, and can be called off", async () => {
    const open = async () => ({ upload: "u", nextIndex: 0 });
    const refused = uploadBlob(ref, {
      open,
      send: () => Promise.reject(new TributaryError("round_closed", "over")),
      read,
    });
    await expect(refused).rejects.toEqual(failure("round_closed"));
    const signal = AbortSignal.timeout(10);
    const calledOff = uploadBlob(ref, { open, send: () => new Promise(() => undefined), read }, { signal });
    await expect(calledOff).rejects.toEqual(failure("aborted"));
  });
});
