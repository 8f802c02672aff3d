import { promisify } from "node:util";
import { createGunzip, gunzip, gzip } from "node:zlib";
import { TributaryError } from "@tributary/protocol";

/** An array of bytes with its dimensions, outermost first. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;
/** No file may hold more than this, unpacked: 2 GiB. */
const MAX_BYTES = 2 ** 31;

const unzip = promisify(gunzip);
const zip = promisify(gzip);

/**
 * Reads an IDX file of unsigned bytes, plain or gzip. The size that its header says bounds what is unpacked.
 *
 * Source: the format description on the MNIST page of LeCun, Cortes and Burges.
 * @param name the file's name, for messages
 * @throws TributaryError `file_invalid`
 */
export async function parseIdx(file: Uint8Array, name: string): Promise<IdxArray> {
  const invalid = (what: string, cause?: unknown) =>
    new TributaryError("file_invalid", `${name} is no IDX file: ${what}`, { cause });
  const packed = file[0] === 0x1f && file[1] === 0x8b;
  const unpack = async (maxOutputLength: number) => {
    try {
      return await unzip(file, { maxOutputLength });
    } catch (cause) {
      throw invalid("it cannot be unpacked, or is larger than its header says", cause);
    }
  };
  const header = packed
    ? await headerOf(file).catch((cause) => Promise.reject(invalid("it cannot be unpacked", cause)))
    : file;
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (header.byteLength < 4 || view.getUint16(0) !== 0 || view.getUint8(2) !== UNSIGNED_BYTE)
    throw invalid("it does not begin as one of unsigned bytes");
  const dimensions = view.getUint8(3);
  const start = 4 + 4 * dimensions;
  if (dimensions < 1 || dimensions > 8 || header.byteLength < start) throw invalid(`${dimensions} dimensions`);
  const shape = Array.from({ length: dimensions }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = shape.reduce((product, length) => product * length, 1);
  if (!(start + size <= MAX_BYTES)) throw invalid(`[${shape}] is too large`);
  const content = packed ? await unpack(start + size) : file;
  if (content.byteLength !== start + size) throw invalid(`${content.byteLength - start} bytes do not fill [${shape}]`);
  return { shape, data: content.subarray(start) };
}

/** The first bytes of a gzip file, unpacked. */
async function headerOf(file: Uint8Array): Promise<Uint8Array> {
  const stream = createGunzip();
  stream.end(file);
  for await (const part of stream) return part;
  return new Uint8Array();
}

/** An IDX file of unsigned bytes, gzip. Equal arrays give equal bytes. */
export async function encodeIdx({ shape, data }: IdxArray): Promise<Uint8Array> {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  header.setUint8(2, UNSIGNED_BYTE);
  header.setUint8(3, shape.length);
  for (const [axis, length] of shape.entries()) header.setUint32(4 + 4 * axis, length);
  return zip(Buffer.concat([new Uint8Array(header.buffer), data]), { level: 1 });
}
