import { noTracing } from "./no-tracing.js";
import type { Tracing, TracingOptions } from "./tracing.js";

/** Tracing where an endpoint is given, else none. OpenTelemetry's SDK is loaded only then: it would cost every start its time. */
export async function openTracing(options: TracingOptions): Promise<Tracing> {
  const { endpoint = "" } = options;
  if (endpoint === "") return noTracing;
  const { openSdk } = await import("./open-sdk.js");
  return openSdk({ ...options, endpoint });
}
