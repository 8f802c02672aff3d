import { once } from "node:events";
import { createServer } from "node:http";
import type { JobEffect, JobEvent, JobState } from "@tributary/federation";
import { noTracing, openTracing } from "@tributary/tracing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { RoundTraces } from "./round-traces.js";

const spanSchema = z.object({
  ...{ name: z.string(), traceId: z.string(), spanId: z.string(), parentSpanId: z.string().optional() },
  attributes: z.array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) })),
});
const bodySchema = z.object({
  resourceSpans: z.array(z.object({ scopeSpans: z.array(z.object({ spans: z.array(spanSchema) })) })),
});

/** What a collector received of the traces, in the order in which spans ended. */
async function collected(use: (traces: RoundTraces) => void): Promise<z.output<typeof spanSchema>[]> {
  const spans: z.output<typeof spanSchema>[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { resourceSpans } = bodySchema.parse(JSON.parse(Buffer.concat(chunks).toString()));
    spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
    response.end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const endpoint = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  const tracing = await openTracing({ endpoint, service: "test", version: "1" });
  use(new RoundTraces(tracing));
  await tracing.close();
  server.close();
  return spans;
}

type State = Pick<JobState, "phase" | "flow">;
const training = (round: number, flow?: JobState["flow"]): State => ({
  phase: { kind: "training", round, attempt: 1 } as JobState["phase"],
  flow,
});
const flow = { outstanding: [], buffer: [] } as unknown as NonNullable<JobState["flow"]>;
const model = { round: 0, digest: "", size: 0 };
const assign = (worker: string, round: number): JobEffect => ({
  ...{ type: "AssignTraining", worker, round, attempt: 1, model },
});
const close = (round: number): JobEffect => ({ type: "CloseRound", round, attempt: 1 });
const started: JobEvent = { type: "JobStarted", model };
const refused = (worker: string, round: number): JobEvent => ({
  ...{ type: "UpdateRefused", round, attempt: 1, refusal: { worker, code: "update_not_finite", message: "NaN" } },
});
const step = (event: JobEvent) => ({ job: "j", at: new Date(), event });
const work = (worker: string, round: number) =>
  [{ job: "j", kind: "training", round, subject: "" } as const, worker] as const;

const codeOf = ({ attributes }: z.output<typeof spanSchema>): unknown =>
  attributes.find(({ key }) => key === "tributary.code")?.value.stringValue;

describe("the traces of rounds", () => {
  it("tell why nothing came of an assignment, and whose answer a closed round did not wait for", async () => {
    const spans = await collected((traces) => {
      traces.take(step(started), [assign("alice", 1), assign("bob", 1)], training(1));
      traces.take(step(refused("alice", 1)), [], training(1));
      traces.take(step({ type: "CoordinatorRestarted" }), [close(1)], { ...training(2) });
    });
    const assignments = spans.filter(({ name }) => name === "assignment");
    expect(assignments.map(codeOf)).toEqual(["update_not_finite", "round_closed"]);
    expect(spans.map(({ name }) => name)).toEqual(["assignment", "assignment", "training", "round"]);
  });

  it("keep the assignment of a worker that came back, and give none for work that is over", async () => {
    await collected((traces) => {
      traces.take(step(started), [assign("alice", 1)], training(1));
      const traceparent = traces.traceparentOf(...work("alice", 1));
      expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      traces.take(step({ type: "WorkerLeft", name: "alice" }), [assign("alice", 1)], training(1));
      expect(traces.traceparentOf(...work("alice", 1))).toBe(traceparent);
      expect(traces.traceparentOf(...work("alice", 2))).toBe("");
      traces.take(step(refused("alice", 1)), [], training(1));
      expect(traces.traceparentOf(...work("alice", 1))).toBe("");
    });
  });

  it("of an asynchronous job let an assignment outlive the round that it was given in", async () => {
    const spans = await collected((traces) => {
      traces.take(step(started), [assign("alice", 1)], training(1, flow));
      const traceparent = traces.traceparentOf(...work("alice", 1));
      traces.take(step(refused("bob", 1)), [close(1)], training(2, flow));
      expect(traces.traceparentOf(...work("alice", 1))).toBe(traceparent);
      traces.take(step(refused("alice", 1)), [], training(2, flow));
    });
    expect(spans.map(({ name }) => name)).toEqual(["training", "round", "assignment"]);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  });

  it("end with the job", async () => {
    const spans = await collected((traces) => {
      traces.take(step(started), [assign("alice", 1)], training(1));
      const ended = { phase: { kind: "ended", outcome: { kind: "cancelled" } }, flow: undefined } as State;
      traces.take(step({ type: "CancelRequested" }), [{ type: "Finish", outcome: { kind: "cancelled" } }], ended);
      expect(traces.traceparentOf(...work("alice", 1))).toBe("");
    });
    expect(spans.map(({ name }) => name).sort()).toEqual(["assignment", "round", "training"]);
  });

  it("are none without a collector", async () => {
    const traces = new RoundTraces(noTracing);
    traces.take(step(started), [assign("alice", 1)], training(1));
    expect(traces.traceparentOf(...work("alice", 1))).toBe("");
    expect(await traces.within("aggregation", "j", async () => 7)).toBe(7);
  });
});
