import { setFlagsFromString } from "node:v8";

/** How much more than what is in use may be allocated before all of it is looked through, per cent. */
const GROWTH = 200;

/**
 * Makes whole garbage collections rare in a process that models pass through. V8 adds what buffers hold to its own heap of
 * some 20 MiB, and so would go through all of it once for every model that passes: two fifths of what a round costs a worker,
 * half of what it costs the coordinator. The buffers live for moments, and the collections of young objects, which take 3 ms,
 * find them. From the next collection on; for good.
 */
export function relaxHeap(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
}
