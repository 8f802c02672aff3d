import type { Socket } from "node:net";

/** Each side says so often that it is there, ms. */
const BEAT_MS = 3_000;
/** A connection from which not one byte came for so long is dead, ms. */
const SILENT_MS = 12_000;

/**
 * Beats, and watches a connection for bytes that arrive. Not for messages: over a slow line one chunk takes minutes, and an
 * answer to a ping waits behind it; bytes come all the same. A half-open connection, where the other side is gone without a
 * word, is found within 15 s, however much was written to it.
 *
 * @param connection what the bytes come by
 * @param beat sends a few bytes
 * @param onSilent called once, when the connection is dead
 * @returns how to stop
 */
export function keepAlive(connection: Socket, beat: () => void, onSilent: () => void): () => void {
  let seen = connection.bytesRead;
  let since = performance.now();
  const timer = setInterval(() => {
    beat();
    if (connection.bytesRead !== seen) {
      seen = connection.bytesRead;
      since = performance.now();
    } else if (performance.now() - since >= SILENT_MS) {
      clearInterval(timer);
      onSilent();
    }
  }, BEAT_MS);
  timer.unref();
  return () => clearInterval(timer);
}
