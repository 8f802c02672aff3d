import { once } from "node:events";
import { connect } from "node:net";
import fc from "fast-check";

/** One frame of a WebSocket (RFC 6455, section 5.2) as it is sent, right or wrong. */
const frame = (payload: Uint8Array, opcode: number, mask: boolean, claimed: number): Buffer => {
  const key = Buffer.of(1, 2, 3, 4);
  const length = payload.byteLength + claimed;
  const head =
    length < 126
      ? Buffer.of(0x80 | opcode, (mask ? 0x80 : 0) | length)
      : Buffer.of(0x80 | opcode, (mask ? 0x80 : 0) | 126, (length >> 8) & 255, length & 255);
  const masked = mask ? payload.map((byte, index) => byte ^ (key[index % 4] ?? 0)) : payload;
  return Buffer.concat([head, mask ? key : Buffer.alloc(0), masked]);
};

/** What Engine.IO and Socket.IO speak, and what they do not: packets of every type, binary events whose parts do not come. */
const packet = fc.oneof(
  fc.constantFrom(
    "0",
    "1",
    "2",
    "2probe",
    "3",
    "5",
    "6",
    "40",
    "41",
    "42",
    "44",
    "4",
    "",
    "451-",
    "459999999999-[]",
    "450-[]",
  ),
  fc.constantFrom(
    '40{"token":1}',
    '40/admin,{"token":"x"}',
    '40{"token":',
    '42["register"]',
    '421["register",{}]',
    "43-1[]",
  ),
  fc.constantFrom(
    '451-["register",{"_placeholder":true,"num":0}]',
    '451-["x",{"_placeholder":true,"num":9}]',
    '42["__proto__",{}]',
  ),
  fc.jsonValue().map((value) => `42${JSON.stringify(value)}`),
  fc.string(),
);

/** The frames of one connection. */
export const rawFrames: fc.Arbitrary<readonly Buffer[]> = fc.array(
  fc.oneof(
    fc
      .tuple(packet, fc.constantFrom(1, 1, 1, 2, 9, 10))
      .map(([text, opcode]) => frame(Buffer.from(text), opcode, true, 0)),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => frame(bytes, 2, true, 0)),
    fc
      .tuple(fc.uint8Array({ maxLength: 200 }), fc.nat(15), fc.boolean(), fc.constantFrom(0, 0, 1, 60_000))
      .map(([bytes, opcode, mask, claimed]) => frame(bytes, opcode, mask, claimed)),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  ),
  { minLength: 1, maxLength: 20 },
);

/** Sends frames on a connection of their own, and reads what comes until it closes or falls silent. */
export async function sendRaw(url: URL, token: string, frames: readonly Buffer[]): Promise<void> {
  const socket = connect(Number(url.port), url.hostname);
  socket.on("error", () => undefined);
  try {
    await once(socket, "connect");
    socket.write(
      `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ${url.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    const upgraded = once(socket, "data");
    await upgraded;
    // Every other connection is let in first, so that its frames come further.
    if (frames.length % 2 === 0) socket.write(frame(Buffer.from(`40{"token":"${token}"}`), 1, true, 0));
    for (const bytes of frames) if (socket.writable) socket.write(bytes);
    socket.resume();
    await Promise.race([once(socket, "close"), new Promise((resolve) => setTimeout(resolve, 20))]);
  } finally {
    socket.destroy();
  }
}
