// Generates the code of proto/tributary/v1 into src/gen, and beside the compiled code, where tsc would not copy it.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
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
// With --force-number no field is a Long, and the import of its type is left over.
const types = at("src/gen/tributary.d.ts");
writeFileSync(types, readFileSync(types, "utf8").replace('import Long = require("long");\n', ""));

cpSync(at("src/gen"), at("dist/gen"), { recursive: true });
