/** What of this package runs in a browser: no module of Node, no generated code. */
export { digestOf, hex } from "./digest-in-browser.js";
export * from "./errors.js";
export { didYouMean, nearest } from "./nearest.js";
export { oneLine } from "./one-line.js";
export { type ByteSource, bytesSource, readFully } from "./parameters/byte-source.js";
export * from "./parameters/parameter.js";
export * from "./random.js";
export { type LinearWarmUpSettings, type ScheduleSettings, scheduledValue } from "./schedule.js";
