import { chainSchema } from "./chain-schema.js";
import { usesErrorFeedback } from "./codec.js";

/**
 * The codec of a job's updates. A codec that keeps only a part of what it is given must be given the change from the global
 * model: of the parameters themselves it would set most to nothing.
 */
export const codecSchema = chainSchema((codec, text) =>
  usesErrorFeedback(codec) && !codec.delta
    ? `${text}: of an update, it needs the change from the global model; write delta | ${text}`
    : undefined,
);
