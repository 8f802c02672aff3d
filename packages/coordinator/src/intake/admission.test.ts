import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkJobSpec } from "@tributary/federation";
import { initialise, namedModel } from "@tributary/nn";
import { BlobFolder, CHUNK_BYTES, encodeParameters, v1 } from "@tributary/protocol";
import { afterAll, beforeAll, expect, it } from "vitest";
import { admitUpdate, lookThrough } from "./admission.js";

const graph = namedModel("mcmahan-cnn");
const run = { graph, spec: checkJobSpec({ model: "mcmahan-cnn", dataset: "mnist" }) };
const model = initialise(graph, 1);
const good = encodeParameters(model);
const bad = encodeParameters(model.map((entry, place) => ({ ...entry, values: spoilt(entry.values, place) })));
const said = v1.Update.decode(
  v1.Update.encode({
    samples: 10,
    metrics: { loss: 1, accuracy: 0.5, batches: 1, samplesSeen: 10, downloadMs: 1, trainMs: 1, uploadMs: 1 },
  }).finish(),
);

/** NaN in the middle of the largest parameter. */
function spoilt(values: Float32Array, place: number): Float32Array {
  if (place !== 4) return values;
  return values.map((value, at) => (at === 700_000 ? Number.NaN : value));
}

let folder: string;
let blobs: BlobFolder;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-admission-"));
  blobs = await BlobFolder.open(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it("tells what is wrong with a blob, and with nothing else, while other updates arrive", async () => {
  const [wrong, right] = [await blobs.write(bad), await blobs.write(good)];
  let isOver = false;
  /** Good and bad ones come, chunk by chunk, whenever whoever reads a blob waits. */
  const arriving = (async () => {
    while (!isOver)
      for (const content of [good, bad]) {
        const update = lookThrough(run, content.byteLength);
        for (let at = 0; at < content.byteLength && !isOver; at += CHUNK_BYTES) {
          update.take(content.subarray(at, at + CHUNK_BYTES), at);
          await new Promise(setImmediate);
        }
      }
  })();
  const admitted = (digest: string) => admitUpdate(blobs, digest, said, { run, samples: 10 });
  for (let time = 0; time < 8; time++) {
    await expect(admitted(wrong.digest)).rejects.toMatchObject({
      code: "update_not_finite",
      message: expect.stringContaining("[700000] is NaN"),
    });
    await expect(admitted(right.digest)).resolves.toMatchObject({ samples: 10 });
  }
  isOver = true;
  await arriving;
});

it("refuses a blob of no bytes", async () => {
  const { digest } = await blobs.write(new Uint8Array());
  await expect(admitUpdate(blobs, digest, said, { run, samples: 10 })).rejects.toMatchObject({
    code: "update_shape_mismatch",
  });
});
