// Preloaded with NODE_OPTIONS=--import: the wall clock is as many milliseconds off as the file in TRIBUTARY_CLOCK says, and jumps when it
// is written. What measures time by `performance.now()` sees nothing of it, as with a real clock that is set.
import { readFileSync, statSync } from "node:fs";

const file = process.env.TRIBUTARY_CLOCK;
if (file !== undefined) {
  const TrueDate = Date;
  let readAt = Number.NEGATIVE_INFINITY;
  let written = -1;
  let offset = 0;
  const shift = (): number => {
    const now = performance.now();
    if (now - readAt < 20) return offset;
    readAt = now;
    const { mtimeMs } = statSync(file);
    // Empty: it is just being written.
    const text = mtimeMs === written ? "" : readFileSync(file, "utf8");
    if (text !== "") {
      offset = Number(text);
      written = mtimeMs;
    }
    return offset;
  };
  const now = () => TrueDate.now() + shift();
  globalThis.Date = new Proxy(TrueDate, {
    construct: (target, args, made) => Reflect.construct(target, args.length === 0 ? [now()] : args, made),
    apply: () => new TrueDate(now()).toString(),
    get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
  });
}
