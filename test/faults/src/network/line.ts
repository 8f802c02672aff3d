import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** Bytes that are forwarded as one piece, at most. */
const PIECE_BYTES = 64 * 1024;

/** How a line treats what goes over it. */
export interface LineRules {
  /** How long a byte travels, ms. */
  readonly delayMs: () => number;
  /** Bytes a second in this direction of one connection. */
  readonly bytesPerSecond: () => number;
  /** Settles when the line carries anything again. */
  readonly open: () => Promise<void>;
  /** Told of each piece that was sent, whatever becomes of it. */
  readonly sent: (piece: Buffer) => void;
  /** Looks at a piece that is about to be delivered, and may change it. @returns whether it is delivered */
  readonly deliver: (piece: Buffer) => boolean;
  /** Whether an end of one side is told to the other. */
  readonly tellsEnds: () => boolean;
}

interface Piece {
  readonly bytes: Buffer;
  readonly due: number;
}

/**
 * Carries what `from` sends to `to`, one direction of a connection, until it ends. No more waits on it than the delay needs, so that a
 * sender feels the slow line as back-pressure, as on a real one.
 */
export async function carry(from: Socket, to: Socket, rules: LineRules): Promise<void> {
  const waiting: Piece[] = [];
  let held = 0;
  let wake = () => {};
  let ended = false;
  const changed = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  const room = () => 2 * PIECE_BYTES + (Math.min(rules.bytesPerSecond(), 1e8) * rules.delayMs()) / 1_000;

  const delivering = (async () => {
    for (;;) {
      const piece = waiting[0];
      if (piece === undefined) {
        if (ended) return;
        await changed();
        continue;
      }
      const left = piece.due - performance.now();
      if (left > 0) await pause(left);
      await rules.open();
      waiting.shift();
      if (rules.deliver(piece.bytes) && !to.destroyed && !to.write(piece.bytes)) await drained(to);
      held -= piece.bytes.byteLength;
      wake();
    }
  })();

  let free = performance.now();
  // The other direction may still need the socket.
  for await (const chunk of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>)
    for (let start = 0; start < chunk.byteLength; start += PIECE_BYTES) {
      const bytes = chunk.subarray(start, start + PIECE_BYTES);
      rules.sent(bytes);
      free = Math.max(free, performance.now()) + (bytes.byteLength / rules.bytesPerSecond()) * 1_000;
      waiting.push({ bytes, due: free + rules.delayMs() });
      held += bytes.byteLength;
      wake();
      while (held > room() && !to.destroyed) await changed();
    }
  ended = true;
  wake();
  await delivering;
  await rules.open();
  if (rules.tellsEnds()) to.end();
}

const drained = (socket: Socket) =>
  new Promise<void>((resolve) => {
    const done = () => {
      socket.off("drain", done).off("close", done);
      resolve();
    };
    socket.once("drain", done).once("close", done);
  });
