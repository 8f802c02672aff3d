import { promisify } from "node:util";
import { createGunzip, gunzip, gzip } from "node:zlib";
import { TributaryError } from "@tributary/protocol";
import { elementKindOf, elementKinds, fromBigEndian, type IdxData, toBigEndian } from "./elements.js";

/** An array of numbers with its dimensions, outermost first. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: IdxData;
}

const MAX_DIMENSIONS = 8;
/** Where a gzip file names the system that it was made on (RFC 1952, section 2.3.1), which is nobody's business. */
const OPERATING_SYSTEM = 9;
const UNKNOWN_SYSTEM = 255;
/** No file may hold more than this, unpacked: 2 GiB. */
const MAX_BYTES = 2 ** 31;

const unzip = promisify(gunzip);
const zip = promisify(gzip);

/**
 * Reads an IDX file of unsigned bytes, 32-bit integers or 32-bit floats, plain or gzip. The size that its header says bounds what
 * is unpacked.
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
  const kind = header.byteLength < 4 || view.getUint16(0) !== 0 ? undefined : elementKinds.get(view.getUint8(2));
  if (kind === undefined) throw invalid("it does not begin as one of unsigned bytes, 32-bit integers or floats");
  const dimensions = view.getUint8(3);
  const start = 4 + 4 * dimensions;
  if (dimensions < 1 || dimensions > MAX_DIMENSIONS || header.byteLength < start)
    throw invalid(`${dimensions} dimensions`);
  const shape = Array.from({ length: dimensions }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = shape.reduce((product, length) => product * length, kind.bytes);
  if (!(start + size <= MAX_BYTES)) throw invalid(`[${shape}] is too large`);
  const content = packed ? await unpack(start + size) : file;
  if (content.byteLength !== start + size) throw invalid(`${content.byteLength - start} bytes do not fill [${shape}]`);
  return { shape, data: fromBigEndian(content.subarray(start), kind) };
}

/** The first bytes of a gzip file, unpacked. */
async function headerOf(file: Uint8Array): Promise<Uint8Array> {
  const stream = createGunzip();
  stream.end(file);
  for await (const part of stream) return part;
  return new Uint8Array();
}

/**
 * An IDX file, gzip. Equal arrays give equal bytes with one version of zlib.
 * @throws TributaryError `invalid_request` when the numbers do not fill the shape, or there are not 1 to 8 dimensions
 */
export async function encodeIdx({ shape, data }: IdxArray): Promise<Uint8Array> {
  const lengths = shape.every((length) => Number.isInteger(length) && length >= 0 && length < 2 ** 32);
  const size = shape.reduce((product, length) => product * length, 1);
  if (!lengths || shape.length < 1 || shape.length > MAX_DIMENSIONS || data.length !== size)
    throw new TributaryError("invalid_request", `${data.length} numbers of shape [${shape}] can't be an IDX file`, {
      hint: "Give 1 to 8 dimensions whose product is the count of numbers.",
    });
  if (data.byteLength > MAX_BYTES - 4 - 4 * MAX_DIMENSIONS)
    throw new TributaryError("invalid_request", `[${shape}] is too large for one file`, {
      hint: "2 GiB at most: deal it out to more shards.",
    });
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  header.setUint8(2, elementKindOf(data).code);
  header.setUint8(3, shape.length);
  for (const [axis, length] of shape.entries()) header.setUint32(4 + 4 * axis, length);
  const file = await zip(Buffer.concat([new Uint8Array(header.buffer), toBigEndian(data)]), { level: 1 });
  file[OPERATING_SYSTEM] = UNKNOWN_SYSTEM;
  return file;
}
