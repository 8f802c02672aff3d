// Generates the code of proto/tributary/v1 into src/gen, and beside the compiled code, where tsc would not copy it.
import { cpSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import pbjs from "protobufjs-cli/pbjs.js";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const schemas = ["tensor", "graph", "federation"].map((name) => at(`../../proto/tributary/v1/${name}.proto`));
const options = ["--no-service", "--no-verify", "--no-typeurl", "--no-delimited", "--force-number", "--dts"];

mkdirSync(at("src/gen"), { recursive: true });
await promisify(pbjs.main)([
  ...["--target", "static-module", "--wrap", "esm", ...options],
  ...["--path", at("../../proto"), "--out", at("src/gen/tributary.js"), ...schemas],
]);
cpSync(at("src/gen"), at("dist/gen"), { recursive: true });
