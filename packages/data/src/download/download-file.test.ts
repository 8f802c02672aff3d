import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256 } from "../files/verified-file.js";
import { type Answer, cutOff, serve, silent, status, whole } from "../testing/file-server.js";
import { type DownloadOptions, type DownloadProgress, downloadFile } from "./download-file.js";

const content = Uint8Array.from({ length: 300_000 }, (_, place) => (place * place) % 251);
const other = content.map((value) => value ^ 1);
const quick: DownloadOptions = { pauseMs: 1, stallMs: 400 };

let folder: string;
let target: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-download-"));
  target = join(folder, "set", "file.bin");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const fileAt = (url: string) => ({
  name: "file.bin",
  url: `${url}file.bin`,
  bytes: content.length,
  sha256: sha256(content),
});
const failure = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });
const held = () => readdir(join(folder, "set"));

describe("a download", () => {
  it("appears whole, and tells how far it is", async () => {
    await using server = await serve(whole(content));
    const progress: DownloadProgress[] = [];
    await downloadFile(fileAt(server.url), target, { ...quick, onProgress: (state) => progress.push(state) });
    expect(sha256(await readFile(target))).toBe(sha256(content));
    expect(await held()).toEqual(["file.bin"]);
    expect(progress.at(0)).toEqual({ file: "file.bin", received: 0, total: content.length });
    expect(progress.at(-1)?.received).toBe(content.length);
  });

  it("goes on where the connection was cut off", async () => {
    await using server = await serve(cutOff(content, 100_000), whole(content));
    await downloadFile(fileAt(server.url), target, quick);
    expect(sha256(await readFile(target))).toBe(sha256(content));
    const [first, second] = server.requests;
    expect(first?.range).toBeUndefined();
    expect(second?.range).toMatch(/^bytes=[1-9]\d*-$/);
  });

  it("goes on where an earlier process ended, and starts anew at a server that can't", async () => {
    for (const answer of [whole(content), withoutRanges]) {
      await using server = await serve(answer);
      await rm(target, { force: true });
      await mkdir(join(folder, "set"), { recursive: true });
      await writeFile(`${target}.part`, content.subarray(0, 1_000));
      await downloadFile(fileAt(server.url), target, quick);
      expect(server.requests).toEqual([{ url: "/file.bin", range: "bytes=1000-" }]);
      expect(sha256(await readFile(target))).toBe(sha256(content));
    }
  });

  it.each<[string, number, Uint8Array]>([
    ["another file", 1_000, other],
    ["a longer file", 400_000, new Uint8Array(400_000)],
  ])("starts anew when what lies there is of %s", async (_, length, wrong) => {
    await using server = await serve(whole(content));
    await mkdir(join(folder, "set"));
    await writeFile(`${target}.part`, wrong.subarray(0, length));
    await downloadFile(fileAt(server.url), target, quick);
    expect(sha256(await readFile(target))).toBe(sha256(content));
  });

  it("waits for nobody who is silent", async () => {
    await using server = await serve(silent(content, 5_000));
    await expect(downloadFile(fileAt(server.url), target, quick)).rejects.toEqual(
      failure("download_failed", /file\.bin: nothing came for 0\.4 s after \d+ of 300000 bytes/),
    );
    expect(server.requests).toHaveLength(3);
  });

  it("waits for no answer either", async () => {
    await using server = await serve(() => {});
    await expect(downloadFile(fileAt(server.url), target, quick)).rejects.toEqual(
      failure("download_failed", /no answer for 0\.4 s/),
    );
  });

  it("gives up after three attempts, and keeps what came", async () => {
    await using server = await serve(cutOff(content, 2_000), status(503));
    await expect(downloadFile(fileAt(server.url), target, quick)).rejects.toEqual(
      failure("download_failed", /the answer was 503/),
    );
    expect(server.requests).toHaveLength(3);
    expect(await held()).toEqual(["file.bin.part"]);
  });

  it.each<[string, Answer, RegExp]>([
    ["is not there", status(404), /the answer was 404/],
    ["is longer than it should be", whole(new Uint8Array(300_001)), /300001 bytes, more than the 300000/],
    ["is shorter than it should be", whole(new Uint8Array(9)), /9 bytes, less than the 300000/],
    ["never ends, and does not say so", (_, response) => endless(response), /more than the 300000/],
  ])("is not tried again when the file %s", async (_, answer, message) => {
    await using server = await serve(answer);
    await expect(downloadFile(fileAt(server.url), target, quick)).rejects.toEqual(failure("download_failed", message));
    expect(server.requests).toHaveLength(1);
  });

  it("is refused when it has another checksum, and leaves nothing behind", async () => {
    await using server = await serve(whole(other));
    await expect(downloadFile(fileAt(server.url), target, quick)).rejects.toEqual(
      failure("digest_mismatch", /file\.bin/),
    );
    expect(await held()).toEqual([]);
  });

  it("says so when nobody is there", async () => {
    const closed = await serve(whole(content));
    await closed[Symbol.asyncDispose]();
    await expect(downloadFile(fileAt(closed.url), target, quick)).rejects.toEqual(
      failure("download_failed", /ECONNREFUSED/),
    );
  });

  it("says so when the folder can't be written", async () => {
    await using server = await serve(whole(content));
    await writeFile(join(folder, "set"), "a file");
    await expect(downloadFile(fileAt(server.url), target, quick)).rejects.toEqual(
      failure("file_unreadable", /file\.bin/),
    );
  });

  it("can be called off", async () => {
    await using server = await serve(silent(content, 5_000));
    const controller = new AbortController();
    const downloading = downloadFile(fileAt(server.url), target, {
      ...quick,
      stallMs: 20_000,
      signal: controller.signal,
      onProgress: ({ received }) => received > 0 && controller.abort(),
    });
    await expect(downloading).rejects.toEqual(failure("aborted", /called off/));
  });
});

const withoutRanges: Answer = (_, response) => {
  response.writeHead(200, { "content-length": content.length }).end(content);
};

/** Chunks without a length, until the other side has enough. */
function endless(response: Parameters<Answer>[1]): void {
  response.writeHead(200);
  const more = () => {
    while (!response.destroyed && response.write(new Uint8Array(64 * 1024)));
  };
  response.on("drain", more);
  more();
}
