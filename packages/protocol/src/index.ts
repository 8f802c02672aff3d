export * from "./channel.js";
export * from "./errors.js";
export * from "./events.js";
export * from "./parameters.js";
export * from "./proto.js";
export * from "./random.js";
