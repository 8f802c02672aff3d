import protobuf from "protobufjs/minimal.js";

// A 64-bit field is a `number`, as its generated type says: counts and sizes stay below 2^53. Without this it would be an
// object of the package `long`. It must run before the generated code is loaded, whose defaults depend on it.
Reflect.deleteProperty(protobuf.util, "Long");
protobuf.configure();
