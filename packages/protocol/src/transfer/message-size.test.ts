import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CHUNK_BYTES, CHUNKS_PER_MESSAGE } from "../events.js";
import { MessageSize } from "./message-size.js";

const MIB = 1024 * 1024;
const QUICK_MS = 50;
const SLOW_MS = 250;

/** A link that has shown that it is clean and quick. */
function proven(): MessageSize {
  const messages = new MessageSize();
  for (let arrived = 0; arrived < 64 * MIB; arrived += CHUNK_BYTES) messages.answered(CHUNK_BYTES, QUICK_MS);
  return messages;
}

const answers = fc.array(
  fc.oneof(
    { weight: 9, arbitrary: fc.record({ bytes: fc.nat(4 * MIB), ms: fc.oneof(fc.nat(60), fc.nat(1_000)) }) },
    { weight: 1, arbitrary: fc.constant("failed" as const) },
  ),
  { maxLength: 500 },
);

describe("the size of messages", () => {
  it("is one chunk at first, and doubles with the proof that the link is clean", () => {
    const messages = new MessageSize();
    const sizes: number[] = [];
    for (let arrived = 0; arrived < 80; arrived++) {
      sizes.push(messages.chunks);
      messages.answered(MIB, QUICK_MS);
    }
    expect([sizes.indexOf(2), sizes.indexOf(4), sizes.at(-1)]).toEqual([32, 64, 4]);
  });

  it("does not grow while answers are not quick, and falls at once when one is slow", () => {
    const messages = new MessageSize();
    messages.answered(100 * MIB, QUICK_MS + 1);
    expect(messages.chunks).toBe(1);
    messages.answered(1, QUICK_MS);
    expect(messages.chunks).toBe(2);
    messages.answered(1, SLOW_MS);
    expect(messages.chunks).toBe(2);
    messages.answered(1, SLOW_MS + 1);
    expect(messages.chunks).toBe(1);
  });

  it("grows again at once after a slow answer of a clean link", () => {
    const messages = proven();
    messages.answered(1, SLOW_MS + 1);
    for (const _ of [1, 2]) messages.answered(1, QUICK_MS);
    expect(messages.chunks).toBe(4);
  });

  it("is one chunk for the next 32 MiB after a failure, however quick they are", () => {
    const messages = proven();
    messages.failed();
    messages.answered(32 * MIB - 1, 0);
    expect(messages.chunks).toBe(1);
    messages.answered(1, 0);
    expect(messages.chunks).toBe(2);
  });

  it("is always a power of two, four at most, and a 64th of what arrived since the last failure", () => {
    fc.assert(
      fc.property(answers, (happenings) => {
        const messages = new MessageSize();
        let arrived = 0;
        for (const happening of happenings) {
          const before = messages.chunks;
          if (happening === "failed") {
            messages.failed();
            arrived = 0;
          } else {
            messages.answered(happening.bytes, happening.ms);
            arrived += happening.bytes;
          }
          const { chunks } = messages;
          expect([1, 2, CHUNKS_PER_MESSAGE]).toContain(chunks);
          expect(chunks).toBeLessThanOrEqual(2 * before);
          if (chunks > 1) expect(64 * chunks * CHUNK_BYTES).toBeLessThanOrEqual(arrived);
        }
      }),
    );
  });

  it("makes what is sent again on a bad link less than 2 % more than with single chunks", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 200 * MIB }), { minLength: 1, maxLength: 20 }), (distances) => {
        const messages = new MessageSize();
        let again = 0;
        let all = 0;
        for (const distance of distances) {
          let sent = 0;
          while (sent < distance) {
            const bytes = messages.chunks * CHUNK_BYTES;
            sent += bytes;
            if (sent < distance) messages.answered(bytes, 0);
            else again += bytes - CHUNK_BYTES;
          }
          messages.failed();
          all += sent;
        }
        expect(again).toBeLessThan(0.02 * all);
      }),
    );
  });
});
