import { encodeSafetensorsHeader, exportOnnx, type Graph } from "@tributary/nn";
import { type BlobFolder, CHUNK_BYTES, decodeParameters, elementCount, walkParameters } from "@tributary/protocol";

/** A file that is made while it is sent: memory does not grow with the model. */
export interface ModelFile {
  /** Bytes. */
  readonly size: number;
  readonly bytes: AsyncGenerator<Uint8Array>;
}

/** A model version as a `.safetensors` file. @param metadata strings for its header */
export function safetensorsFile(
  blobs: BlobFolder,
  digest: string,
  { parameters }: Graph,
  metadata: Readonly<Record<string, string>>,
): ModelFile {
  const header = encodeSafetensorsHeader(parameters, metadata);
  const size = parameters.reduce((sum, { shape }) => sum + elementCount(shape) * 4, header.byteLength);
  const bytes = async function* () {
    yield header;
    await using blob = await blobs.openRead(digest);
    for await (const { slices } of walkParameters(blob))
      for await (const { buffer, byteOffset, byteLength } of slices())
        yield Uint8Array.from(new Uint8Array(buffer, byteOffset, byteLength));
  };
  return { size, bytes: bytes() };
}

/** A model version as it travels: an encoded parameter set. Its SHA-256 is the digest. */
export function parameterSetFile(blobs: BlobFolder, { digest, size }: { digest: string; size: number }): ModelFile {
  const bytes = async function* () {
    for (let start = 0; start < size; start += CHUNK_BYTES)
      yield await blobs.readRange(digest, start, Math.min(size, start + CHUNK_BYTES));
  };
  return { size, bytes: bytes() };
}

/**
 * A model version as an `.onnx` file. A protobuf message is made as a whole: it is in memory while it is sent.
 *
 * @throws TributaryError `invalid_graph` for a network with operators of its own, which ONNX does not have; `payload_too_large`
 */
export async function onnxFile(
  blobs: BlobFolder,
  { digest, size }: { digest: string; size: number },
  graph: Graph,
  metadata: Readonly<Record<string, string>>,
): Promise<ModelFile> {
  const whole = await blobs.readRange(digest, 0, size);
  const file = exportOnnx(graph, decodeParameters(whole), { metadata });
  const bytes = async function* () {
    yield file;
  };
  return { size: file.byteLength, bytes: bytes() };
}
