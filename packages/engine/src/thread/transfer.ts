/**
 * The memory behind every typed array in `value`, for the transfer list of `postMessage`: what is listed moves to the other
 * thread instead of being copied, and is empty here afterwards. Looks into arrays and plain objects.
 */
export function buffersOf(value: unknown): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  collect(value, found);
  return [...found];
}

function collect(value: unknown, found: Set<ArrayBuffer>): void {
  if (typeof value !== "object" || value === null) return;
  if (value instanceof ArrayBuffer) found.add(value);
  else if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else for (const part of Object.values(value)) collect(part, found);
}
