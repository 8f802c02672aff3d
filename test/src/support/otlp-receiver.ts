import { once } from "node:events";
import { createServer } from "node:http";
import { z } from "zod";

const attributeSchema = z.object({
  key: z.string(),
  value: z.object({
    stringValue: z.string().optional(),
    intValue: z.coerce.number().optional(),
    boolValue: z.boolean().optional(),
  }),
});
const spanSchema = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().default(""),
  name: z.string(),
  startTimeUnixNano: z.coerce.bigint(),
  endTimeUnixNano: z.coerce.bigint(),
  attributes: z.array(attributeSchema).default([]),
});
const requestSchema = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(attributeSchema) }),
      scopeSpans: z.array(z.object({ spans: z.array(spanSchema) })),
    }),
  ),
});

type Value = string | number | boolean | undefined;

/** A span as it was received, and which process sent it. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** "" of the first one of a trace. */
  readonly parent: string;
  readonly name: string;
  /** "tributary-coordinator", "tributary-worker alice". */
  readonly process: string;
  /** Since 1970, ms. */
  readonly start: number;
  readonly ms: number;
  readonly attributes: Readonly<Record<string, Value>>;
}

const valuesOf = (attributes: readonly z.output<typeof attributeSchema>[]): Record<string, Value> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? value.boolValue]));

/** A collector that takes OTLP over HTTP as JSON, and keeps the spans. */
export class OtlpReceiver implements AsyncDisposable {
  readonly spans: ReceivedSpan[] = [];
  readonly #server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.url === "/v1/traces") this.#take(requestSchema.parse(JSON.parse(Buffer.concat(chunks).toString())));
    response.setHeader("content-type", "application/json").end("{}");
  });

  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    receiver.#server.listen(0, "127.0.0.1");
    await once(receiver.#server, "listening");
    return receiver;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  }

  #take({ resourceSpans }: z.output<typeof requestSchema>): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      const { "service.name": service, "service.instance.id": instance = "" } = valuesOf(resource.attributes);
      for (const span of scopeSpans.flatMap(({ spans }) => spans))
        this.spans.push({
          ...{ traceId: span.traceId, spanId: span.spanId, parent: span.parentSpanId, name: span.name },
          process: `${service} ${instance}`.trim(),
          start: Number(span.startTimeUnixNano / 1000n) / 1000,
          ms: Number((span.endTimeUnixNano - span.startTimeUnixNano) / 1000n) / 1000,
          attributes: valuesOf(span.attributes),
        });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** A trace as text: a line for each span, its parts below it. */
export function printTrace(spans: readonly ReceivedSpan[]): string {
  const first = Math.min(...spans.map(({ start }) => start));
  const lines = (parent: string, depth: number): string[] =>
    spans
      .filter((span) => span.parent === parent)
      .sort((a, b) => a.start - b.start)
      .flatMap((span) => [line(span, depth), ...lines(span.spanId, depth + 1)]);
  const line = ({ name, process, start, ms, attributes }: ReceivedSpan, depth: number): string => {
    const { "tributary.worker": worker, "tributary.subject": subject, "tributary.code": code } = attributes;
    const isOwn = process.endsWith(`${worker}`);
    const details = [isOwn ? undefined : worker, subject, code].filter((detail) => detail !== undefined).join(" ");
    const title = `${"  ".repeat(depth)}${name} ${details}`.padEnd(34);
    return `${title} ${(start - first).toFixed(0).padStart(6)} ms + ${ms.toFixed(0).padStart(5)} ms  ${process}`;
  };
  return lines("", 0).join("\n");
}
