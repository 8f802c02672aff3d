import type { Attributes, Span } from "@opentelemetry/api";

export type { Span };

export interface BeginOptions {
  /** The span that this one is a part of: of this process, or the `traceparent` of another one. Absent: a trace of its own. */
  readonly parent?: Span | string | undefined;
  readonly attributes?: Attributes;
  /** Default: now. */
  readonly at?: Date;
}

/** Traces that cross processes: spans, and the text by which another process goes on with them. */
export interface Tracing {
  begin(name: string, options?: BeginOptions): Span;
  /** The span as `traceparent` of W3C Trace Context, for whoever goes on with it; "" where nothing is traced. */
  traceparentOf(span: Span): string;
  /** Sends what is not sent yet, for a short time. Twice does no harm. */
  close(): Promise<void>;
}

export interface TracingOptions {
  /** Where an OpenTelemetry collector takes OTLP over HTTP, "http://127.0.0.1:4318". Absent or "": nothing is traced. */
  readonly endpoint?: string | undefined;
  /** What this process is: "tributary-coordinator". */
  readonly service: string;
  /** Which one of them. */
  readonly instance?: string;
  readonly version: string;
}
