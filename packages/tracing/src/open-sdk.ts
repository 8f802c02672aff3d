import { setTimeout } from "node:timers/promises";
import { type Context, ROOT_CONTEXT, type Span, TraceFlags, trace } from "@opentelemetry/api";
import { parseTraceParent } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { Tracing, TracingOptions } from "./tracing.js";

/** Spans are sent this often, ms. */
const INTERVAL_MS = 1_000;
/** How long the last ones may take at the end, ms. */
const CLOSING_MS = 2_000;
/** Length of a traceparent of version 00. One of a later version may be longer; nobody sends such yet. */
const LONGEST = 55;

/** Spans go to a collector as OTLP over HTTP. One that does not answer costs spans, and nothing else. */
export function openSdk({ endpoint, service, instance, version }: TracingOptions & { endpoint: string }): Tracing {
  const url = `${endpoint.replace(/\/+$/, "")}/v1/traces`;
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      "service.name": service,
      "service.version": version,
      ...(instance !== undefined && { "service.instance.id": instance }),
    }),
    spanProcessors: [
      new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url }), scheduledDelayMillis: INTERVAL_MS }),
    ],
  });
  const tracer = provider.getTracer("tributary", version);
  let closing: Promise<void> | undefined;
  return {
    begin: (name, { parent, attributes = {}, at } = {}) =>
      tracer.startSpan(name, { attributes, ...(at && { startTime: at }) }, contextOf(parent)),
    traceparentOf(span) {
      const { traceId, spanId, traceFlags } = span.spanContext();
      return `00-${traceId}-${spanId}-${traceFlags & TraceFlags.SAMPLED ? "01" : "00"}`;
    },
    close() {
      closing ??= Promise.race([
        provider.shutdown().catch(() => undefined),
        setTimeout(CLOSING_MS, undefined, { ref: false }),
      ]);
      return closing;
    },
  };
}

/** A text that is no traceparent is as good as none. */
function contextOf(parent: Span | string | undefined): Context {
  if (parent === undefined) return ROOT_CONTEXT;
  if (typeof parent !== "string") return trace.setSpan(ROOT_CONTEXT, parent);
  const remote = parent.length > LONGEST ? null : parseTraceParent(parent);
  return remote === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...remote, isRemote: true });
}
