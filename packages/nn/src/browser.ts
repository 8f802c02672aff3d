/** What of this package runs in a browser: graphs, the named models, and files of parameters. */
export * from "./graph/graph.js";
export { parseGraph } from "./graph/json.js";
export { validateGraph } from "./graph/validate.js";
export { loadParameters } from "./load-parameters.js";
export { modelNames, namedModel } from "./models/named-models.js";
export * from "./safetensors.js";
