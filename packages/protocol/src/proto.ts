import "./numbers.js";
import { tributary } from "./gen/tributary.js";

/** The messages of `proto/tributary/v1`, as protobufjs generated them. */
export import v1 = tributary.v1;
