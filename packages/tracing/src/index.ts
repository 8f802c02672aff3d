export { noTracing } from "./no-tracing.js";
export { openTracing } from "./open-tracing.js";
export type { BeginOptions, Span, Tracing, TracingOptions } from "./tracing.js";
