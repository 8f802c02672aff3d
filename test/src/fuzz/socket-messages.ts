import { checksum, PROTOCOL_VERSION, v1, workerEvents } from "@tributary/protocol";
import fc from "fast-check";

/** What is emitted on a Socket.IO connection. */
export interface SocketMessage {
  /** Which of the connections: those with an even number have registered. */
  readonly connection: number;
  readonly event: string;
  readonly args: readonly unknown[];
}

export const CONNECTIONS = 6;

/** What a message may name that is really there. */
export interface Known {
  readonly job: string;
  /** Digest of a model, 32 bytes. */
  readonly model: Uint8Array;
}

const names = Object.keys(workerEvents) as (keyof typeof workerEvents)[];
/** Socket.IO keeps these for itself, and its client throws when they are emitted. */
const reserved = ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

const junk = fc.uint8Array({ maxLength: 300 });
const count = fc.oneof(fc.nat(4), fc.constantFrom(0, 2 ** 31, 2 ** 32 - 1));
const real = fc.double();

/** Messages as a worker would send them, with values that are right, near, or far off. */
function valid({ job, model }: Known): fc.Arbitrary<{ readonly event: keyof typeof workerEvents; bytes: Uint8Array }> {
  const attempt = { job: fc.oneof(fc.constant(job), fc.string()), round: count, attempt: count };
  const digest = fc.oneof(fc.constant(model), fc.uint8Array({ minLength: 32, maxLength: 32 }), junk);
  const blob = fc.record({ digest, size: fc.oneof(count, fc.constant(247_000)) });
  const metrics = fc.record({ loss: real, accuracy: real, batches: count, samplesSeen: count, trainMs: count });
  const score = fc.record({ loss: real, accuracy: real });
  const of = <E extends keyof typeof workerEvents, T>(
    event: E,
    codec: { encode(message: T): { finish(): Uint8Array } },
    message: fc.Arbitrary<T>,
  ) => message.map((fields) => ({ event, bytes: codec.encode(fields).finish() }));
  return fc.oneof(
    of(
      "register",
      v1.Registration,
      fc.record({
        protocolVersion: fc.oneof(
          { weight: 9, arbitrary: fc.constant(PROTOCOL_VERSION) },
          { weight: 1, arbitrary: count },
        ),
        name: fc.oneof(fc.constantFrom("mallory-0", "mallory-1", "alice"), fc.string()),
        role: fc.constantFrom(v1.Role.ROLE_TRAIN, v1.Role.ROLE_EVALUATE),
        dataset: fc.constantFrom("nobodys", "", "x".repeat(101)),
        samples: count,
        backend: fc.string(),
        threads: count,
        software: fc.constant("fuzz"),
        sampleShape: fc.array(count),
        classes: count,
        ops: fc.array(fc.string()),
        labelCounts: fc.array(count),
      }),
    ),
    of(
      "progress",
      v1.Progress,
      fc.record({ ...attempt, phase: fc.constantFrom("train", "nap"), done: count, total: count, loss: real }),
    ),
    of(
      "log",
      v1.LogLine,
      fc.record({
        ...{ level: fc.constantFrom("warn", "error", "x"), code: fc.string(), message: fc.string() },
        ...{ job: attempt.job, round: count, omitted: count },
      }),
    ),
    of("chunk", v1.ChunkRequest, fc.record({ digest, index: count, count })),
    of("uploadOpen", v1.UploadOpen, fc.record({ ...attempt, blob })),
    of(
      "uploadChunk",
      v1.UploadChunk,
      fc.record({ upload: fc.oneof(fc.uuid(), fc.string()), index: count, data: junk }),
    ),
    of("update", v1.Update, fc.record({ ...attempt, parameters: blob, samples: count, metrics })),
    of(
      "evaluation",
      v1.Evaluation,
      fc.record({
        ...attempt,
        subject: fc.string(),
        samples: count,
        loss: real,
        accuracy: real,
        confusion: fc.array(count),
      }),
    ),
    of("validation", v1.Validation, fc.record({ ...attempt, samples: count, score })),
    of("validation", v1.Validation, fc.record({ ...attempt, samples: count, score, personal: score })),
    of(
      "failure",
      v1.Failure,
      fc.record({
        ...attempt,
        subject: fc.string(),
        kind: fc.constantFrom("", "validating", "nap"),
        error: fc.record({ code: fc.string(), message: fc.string() }),
      }),
    ),
  );
}

/** Some bytes are changed, left out or sent twice. */
const mutated = (bytes: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(bytes) },
    {
      weight: 2,
      arbitrary: fc
        .array(fc.tuple(fc.nat(Math.max(0, bytes.length - 1)), fc.nat(255)), { minLength: 1, maxLength: 4 })
        .map((changes) => {
          const changed = Uint8Array.from(bytes);
          for (const [at, value] of changes) if (at < changed.length) changed[at] = value;
          return changed;
        }),
    },
    { weight: 1, arbitrary: fc.nat(bytes.length).map((end) => bytes.slice(0, end)) },
    {
      weight: 1,
      arbitrary: fc.nat(bytes.length).map((at) => Buffer.concat([bytes.slice(0, at), bytes.slice(at >> 1)])),
    },
  );

/** As a channel sends it: the bytes, and a checksum that is mostly right. */
const sent = (event: string, bytes: Uint8Array): fc.Arbitrary<readonly unknown[]> =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constant([bytes, checksum(event, bytes)]) },
    { weight: 1, arbitrary: fc.oneof(fc.nat(), fc.string(), fc.constant(null)).map((sum) => [bytes, sum]) },
  );

/** Any message: mutated from valid ones, random bytes, random structures, events that are not there. */
export function socketMessages(known: Known): fc.Arbitrary<SocketMessage> {
  const connection = fc.nat(CONNECTIONS - 1);
  const event = fc.constantFrom(...names);
  const from = (all: fc.Arbitrary<{ readonly event: string; readonly args: readonly unknown[] }>) =>
    fc.tuple(connection, all).map(([number, message]) => ({ connection: number, ...message }));
  return fc.oneof(
    {
      weight: 6,
      arbitrary: from(
        valid(known).chain((message) =>
          mutated(message.bytes)
            .chain((bytes) => sent(message.event, bytes))
            .map((args) => ({ event: message.event, args })),
        ),
      ),
    },
    {
      weight: 2,
      arbitrary: from(
        fc.tuple(event, junk).chain(([name, bytes]) => sent(name, bytes).map((args) => ({ event: name, args }))),
      ),
    },
    { weight: 1, arbitrary: from(fc.record({ event, args: fc.array(fc.jsonValue(), { maxLength: 3 }) })) },
    {
      weight: 1,
      arbitrary: from(
        fc.record({
          event: fc.string().filter((name) => !reserved.includes(name)),
          args: fc.array(fc.oneof(fc.jsonValue(), junk), { maxLength: 3 }),
        }),
      ),
    },
  );
}

/** Whether the coordinator answers this event. */
export const isAnswered = (event: string): boolean => names.some((name) => name === event);
