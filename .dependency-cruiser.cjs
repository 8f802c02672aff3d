// The arrows of import, as docs/architecture.md draws them. docs/decisions/0002-import-rules.md says why in this way.

const { Compiler } = require("@swc/core");
const { Visitor } = require("@swc/core/Visitor.js");

// swc parses `using`, but the visitor that dependency-cruiser walks with stops at it.
const { visitStatement } = Visitor.prototype;
Visitor.prototype.visitStatement = function (/** @type {{ type: string, decls: unknown }} */ statement) {
  if (statement.type !== "UsingDeclaration") return visitStatement.call(this, statement);
  this.visitVariableDeclarators(statement.decls);
  return statement;
};

// And it is not told that a file with elements of JSX has them.
const { parseFileSync } = Compiler.prototype;
Compiler.prototype.parseFileSync = function (/** @type {string} */ file, /** @type {object} */ options) {
  return parseFileSync.call(this, file, { ...options, tsx: file.endsWith(".tsx") });
};

/** What each package may import of the others. A package that is not here may import none. */
const arrows = {
  protocol: [],
  tracing: [],
  nn: ["protocol"],
  engine: ["protocol", "nn"],
  federation: ["protocol", "nn"],
  data: ["protocol"],
  worker: ["protocol", "tracing", "nn", "engine", "data", "federation"],
  coordinator: ["protocol", "tracing", "nn", "federation", "dashboard"],
  client: ["protocol", "federation"],
  dashboard: ["protocol", "nn", "engine", "federation", "client"],
  simulation: ["protocol", "nn", "engine", "data", "federation"],
  cli: ["protocol", "tracing", "nn", "engine", "data", "federation", "worker", "coordinator", "client", "simulation"],
};

const anyOf = (/** @type {string[]} */ names) => `(?:${names.join("|")})`;

const arrowRules = Object.entries(arrows).map(([name, allowed]) => ({
  name: `arrows-of-${name}`,
  comment: `${name} may import ${allowed.join(", ") || "no other package"}`,
  severity: "error",
  from: { path: `^packages/${name}/` },
  to: { path: "^(?:packages|bench|test|docs)/", pathNot: `^packages/${anyOf([name, ...allowed])}/` },
}));

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    ...arrowRules,
    {
      name: "arrows-of-setup",
      comment: "set-up runs before anything is installed: Node's own modules only",
      severity: "error",
      from: { path: "^packages/setup/", pathNot: "[.]test[.]mjs$" },
      to: { pathNot: "^packages/setup/", dependencyTypesNot: ["core"] },
    },
    {
      name: "only-public-names",
      comment: "a package is imported by its name, never by a path into its src or dist",
      severity: "error",
      from: { path: "^(packages/[^/]+|bench|test|docs/tutorials)/" },
      to: {
        path: "^(?:packages/[^/]+|bench|test|docs/tutorials)/",
        pathNot: "^$1/",
        dependencyTypes: ["local"],
      },
    },
    {
      name: "coordinator-without-tensorflow",
      comment: "the coordinator never loads TensorFlow, by whatever way",
      severity: "error",
      from: { path: "^packages/(?:coordinator|client)/src/" },
      to: { path: "^packages/engine/|node_modules/@tensorflow/", reachable: true },
    },
    {
      name: "only-engine-knows-tensorflow",
      comment: "TensorFlow.js is imported in one place, besides by the test of what it loads of ours",
      severity: "error",
      from: {
        path: "^(?:packages|bench|test|docs)/",
        pathNot: "^(?:packages/engine/|test/(?:src|dist)/tfjs[.]test)",
      },
      to: { path: "node_modules/@tensorflow/" },
    },
    {
      name: "only-open-sdk-knows-opentelemetry",
      comment: "all others have its API of types and constants",
      severity: "error",
      from: { path: "^(?:packages|bench|test|docs)/", pathNot: "^packages/tracing/(?:src|dist)/open-sdk[.]" },
      to: { path: "node_modules/@opentelemetry/", pathNot: "node_modules/@opentelemetry/api/" },
    },
    {
      name: "opentelemetry-only-when-asked-for",
      comment: "its SDK would cost every start its time",
      severity: "error",
      from: {},
      to: { path: "^packages/tracing/(?:src|dist)/open-sdk[.]", dynamic: false },
    },
    {
      name: "federation-is-pure",
      comment: "rules do no I/O: no module of Node but zlib, and the codecs and errors of protocol only",
      severity: "error",
      from: { path: "^packages/federation/src/", pathNot: "[.](?:test|contract)[.]ts$" },
      to: { dependencyTypes: ["core"], pathNot: "^(?:node:)?zlib$" },
    },
    {
      name: "no-circles",
      comment: "a circle of imports has no first page to read; in dist, because types may refer to each other",
      severity: "error",
      from: { path: "^(?:(?:packages/[^/]+|bench|test|docs/tutorials)/dist|packages/setup)/" },
      to: { circular: true },
    },
    {
      name: "resolvable",
      comment: "every import leads somewhere; run npm run build first",
      severity: "error",
      from: { path: "^(?:packages/[^/]+/src|bench/src|test/src|docs/tutorials|packages/setup)/" },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // TypeScript 7 has no interface for other programs; swc reads the sources, imports of types included.
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    // The page is bundled: pieces that load one another, and nobody imports them.
    exclude: { path: "/dist/.*[.]d[.]ts$|^packages/dashboard/dist/" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "default"],
      extensions: [".ts", ".tsx", ".mjs", ".cjs", ".js", ".json"],
    },
  },
};
