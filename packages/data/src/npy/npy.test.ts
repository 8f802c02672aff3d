import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TributaryError } from "@tributary/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseNpyHeader } from "./header.js";
import { npyDataset } from "./npy-dataset.js";
import { readNpy } from "./read-npy.js";

const NUMPY_FILE =
  "k05VTVBZAQB2AHsnZGVzY3InOiAnPGk0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAQAAAAIAAAA=";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-npy-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A file as numpy.lib.format describes it. */
function npy(header: string, data: ArrayBufferView, version = 1): Uint8Array {
  const length = version === 1 ? 2 : 4;
  const padded = `${header.padEnd(Math.ceil((header.length + 9 + length) / 64) * 64 - 9 - length)}\n`;
  const size = Buffer.alloc(length);
  size.writeUIntLE(padded.length, 0, length);
  return Buffer.concat([
    Buffer.from([0x93, ...Buffer.from("NUMPY"), version, 0]),
    size,
    Buffer.from(padded, version === 3 ? "utf8" : "latin1"),
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  ]);
}

const header = (type: string, shape: string, order = "False") =>
  `{'descr': '${type}', 'fortran_order': ${order}, 'shape': ${shape}, }`;

async function put(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

describe(".npy files", () => {
  it.each([
    ["|u1", Uint8Array.of(0, 255, 7, 1, 2, 3)],
    ["<i4", Int32Array.of(1, -1, 2 ** 31 - 1, 0, 5, 6)],
    ["<i8", BigInt64Array.of(1n, -1n, 2n ** 62n, 0n, 5n, 6n)],
    ["<f4", Float32Array.of(0.1, -0, Number.NaN, 3e38, 5, 6)],
    ["<f8", Float64Array.of(0.1, -0, Number.POSITIVE_INFINITY, 1e300, 5, 6)],
  ])("of %s are read, in versions 1 to 3", async (type, data) => {
    for (const version of [1, 2, 3])
      expect(await readNpy(await put("x.npy", npy(header(type, "(2, 3)"), data, version)))).toEqual({
        shape: [2, 3],
        data,
      });
  });

  // Written by numpy.save(file, numpy.arange(3, dtype="<i4")), NumPy 2
  it("are read as NumPy writes them", async () => {
    const bytes = Buffer.from(NUMPY_FILE, "base64");
    expect(await readNpy(await put("numpy.npy", bytes))).toEqual({ shape: [3], data: Int32Array.of(0, 1, 2) });
  });

  it.each<[string, Uint8Array]>([
    ["nothing", new Uint8Array()],
    ["another beginning", Buffer.from("PK\u0003\u0004 an archive of arrays")],
    ["an unknown version", npy(header("<f4", "(1,)"), Float32Array.of(1), 4)],
    ["numbers in Fortran's order", npy(header("<f4", "(1,)", "True"), Float32Array.of(1))],
    ["big-endian numbers", npy(header(">f4", "(1,)"), Float32Array.of(1))],
    ["Python's objects", npy(header("|O", "(1,)"), Float32Array.of(1))],
    ["a list of fields", npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", Float32Array.of(1))],
    ["an entry too few", npy("{'descr': '<f4', 'shape': (1,), }", Float32Array.of(1))],
    ["an entry twice", npy("{'descr': '<f4', 'shape': (1,), 'shape': (1,), }", Float32Array.of(1))],
    ["code", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (exit(1),), }", Float32Array.of(1))],
    ["a negative length", npy(header("<f4", "(-1,)"), Float32Array.of(1))],
    ["too many dimensions", npy(header("<f4", `(${"1, ".repeat(9)})`), Float32Array.of(1))],
    ["more than memory holds", npy(header("<f8", "(999999999, 999999999)"), Float32Array.of(1))],
    ["a shape beyond numbers", npy(header("|u1", `(${"999999999999999, ".repeat(8)})`), Float32Array.of(1))],
    ["too few numbers", npy(header("<f4", "(3,)"), Float32Array.of(1, 2))],
    ["too many numbers", npy(header("<f4", "(1,)"), Float32Array.of(1, 2))],
    ["a header without end", npy(header("<f4", "(1,)").padEnd(60_000), Float32Array.of(1))],
    ["a header that is cut off", npy(header("<f4", "(1,)"), Float32Array.of(1)).subarray(0, 40)],
  ])("of %s are refused by name", async (_, bytes) => {
    await expect(readNpy(await put("odd.npy", bytes))).rejects.toEqual(
      expect.objectContaining({ code: "file_invalid", message: expect.stringContaining("odd.npy") }),
    );
  });

  it("take no memory for numbers that are not in the file", async () => {
    const path = await put("sparse.npy", npy(header("|u1", "(8589934592,)"), new Uint8Array()));
    await truncate(path, 128 + 2 ** 33);
    const before = process.memoryUsage().rss;
    await expect(readNpy(path)).rejects.toEqual(expect.objectContaining({ code: "file_invalid" }));
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 27);
  });

  it("that are not there, or no files, are refused by name", async () => {
    for (const [path, code] of [
      [join(folder, "nothing.npy"), "file_unreadable"],
      [folder, "file_invalid"],
    ] as const)
      await expect(readNpy(path)).rejects.toEqual(
        expect.objectContaining({ code, message: expect.stringContaining(path) }),
      );
  });

  it("never cause anything but a typed error, whatever their headers say", () => {
    const start = [0x93, ...Buffer.from("NUMPY")];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string({ maxLength: 120 }), (bytes, text) => {
        for (const file of [Uint8Array.from([...start, ...bytes]), npy(`{${text}}`, new Uint8Array())])
          try {
            parseNpyHeader(file, "x");
          } catch (error) {
            expect(error).toBeInstanceOf(TributaryError);
          }
      }),
    );
  });
});

describe("a data set of .npy files", () => {
  const samples = Float64Array.of(1, 2, 3, 4, 5, 6);
  const files = async (labels: Uint8Array, others: Record<string, Uint8Array> = {}) => ({
    name: "own",
    samples: await put("x.npy", others.samples ?? npy(header("<f8", "(3, 2)"), samples)),
    labels: await put("y.npy", labels),
    ...(others.ids && { ids: await put("ids.npy", others.ids) }),
  });
  const labels = npy(header("<i8", "(3,)"), BigInt64Array.of(0n, 2n, 1n));

  it("has features, labels, ids and statistics of its own", async () => {
    const set = await npyDataset(await files(labels, { ids: npy(header("<i4", "(3,)"), Int32Array.of(70, 5, 70)) }));
    expect(set).toMatchObject({ name: "own", count: 3, shape: [2], classes: 3, labels: Int32Array.of(0, 2, 1) });
    expect(set.values).toEqual(Float32Array.from(samples));
    expect(set.normalisation.mean).toEqual([3, 4]);
    expect(set.ids).toEqual({ names: ["5", "70"], of: Int32Array.of(1, 0, 1) });
  });

  it("has images where bytes are given, in the shape that is asked for", async () => {
    const bytes = npy(
      header("|u1", "(3, 4)"),
      Uint8Array.from({ length: 12 }, (_, place) => place),
    );
    const set = await npyDataset({ ...(await files(labels, { samples: bytes })), shape: [1, 2, 2] });
    expect([set.shape, set.values instanceof Uint8Array]).toEqual([[1, 2, 2], true]);
  });

  it.each<[string, Uint8Array, Record<string, Uint8Array>, RegExp]>([
    ["a label that is no class", npy(header("<i4", "(3,)"), Int32Array.of(0, -1, 1)), {}, /y\.npy: number 1 is -1/],
    ["half a label", npy(header("<f4", "(3,)"), Float32Array.of(0, 0.5, 1)), {}, /y\.npy: number 1 is 0\.5/],
    ["a label beyond all classes", npy(header("<i8", "(3,)"), BigInt64Array.of(0n, 2n ** 60n, 1n)), {}, /number 1/],
    ["too few labels", npy(header("<i4", "(2,)"), Int32Array.of(0, 1)), {}, /y\.npy holds \[2\]/],
    [
      "a NaN",
      labels,
      { samples: npy(header("<f4", "(3, 2)"), Float32Array.of(1, 2, 3, Number.NaN, 5, 6)) },
      /x\.npy: value 1 of sample 1 is NaN/,
    ],
    [
      "a value beyond float32",
      labels,
      { samples: npy(header("<f8", "(3, 2)"), Float64Array.of(1, 2, 3, 4, 1e300, 6)) },
      /value 0 of sample 2/,
    ],
    ["one dimension", labels, { samples: npy(header("<f8", "(3,)"), Float64Array.of(1, 2, 3)) }, /x\.npy holds \[3\]/],
  ])("is refused with %s", async (_, given, others, message) => {
    await expect(files(given, others).then(npyDataset)).rejects.toEqual(
      expect.objectContaining({ code: "file_invalid", message: expect.stringMatching(message) }),
    );
  });

  it("is refused in a shape that it does not fill", async () => {
    await expect(npyDataset({ ...(await files(labels)), shape: [3] })).rejects.toEqual(
      expect.objectContaining({ code: "invalid_request" }),
    );
  });
});
