import { digestOf } from "@tributary/protocol";
import { type Codec, codecText } from "./chain/codec.js";
import { deflated, inflated } from "./deflate.js";
import type { ByteRange } from "./reductions/tensor-codec.js";
import { damaged } from "./refusals.js";

/** What stands before all else: the begin of the digest of the codec's text, so that bytes of another codec are not misread. */
export const TAG_BYTES = 4;
/** After the tag, of a chain with deflate: 1 where it paid, else 0. */
export const FLAG_BYTES = 1;

const tagOf = (codec: Codec): Uint8Array =>
  digestOf(new TextEncoder().encode(`tributary codec 1: ${codecText(codec)}`)).subarray(0, TAG_BYTES);

/** Content behind its tag, deflated where the codec says so and it pays. */
export function framed(codec: Codec, content: Uint8Array): Uint8Array {
  const tag = tagOf(codec);
  if (codec.deflate === undefined) return joined(tag, content);
  const smaller = deflated(content, codec.deflate);
  const pays = smaller.byteLength < content.byteLength;
  return joined(tag, Uint8Array.of(pays ? 1 : 0), pays ? smaller : content);
}

/**
 * @param range of the content's bytes
 * @throws TributaryError `file_invalid` when this is of another codec, or the content is too short or too long
 */
export function unframed(codec: Codec, bytes: Uint8Array, range: ByteRange): Uint8Array {
  const tag = tagOf(codec);
  if (bytes.byteLength < TAG_BYTES || tag.some((byte, index) => byte !== bytes[index]))
    throw damaged(`it is not of the codec ${codecText(codec)}`);
  const content = unpacked(codec, bytes.subarray(TAG_BYTES), range);
  const { least, most } = range;
  if (content.byteLength < least || content.byteLength > most)
    throw damaged(`${content.byteLength} bytes, ${least === most ? most : `${least} to ${most}`} are wanted`);
  return content;
}

function unpacked(codec: Codec, bytes: Uint8Array, { most }: ByteRange): Uint8Array {
  if (codec.deflate === undefined) return bytes;
  const content = bytes.subarray(FLAG_BYTES);
  switch (bytes[0]) {
    case 0:
      return content;
    case 1:
      // Deflated bytes that are no fewer were not worth deflating: no encoder sends them.
      if (content.byteLength >= most) throw damaged(`${content.byteLength} bytes, fewer than ${most} are wanted`);
      return inflated(content, most);
    default:
      throw damaged("it does not say whether it is deflated");
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}
