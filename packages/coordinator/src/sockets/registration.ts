import { MAX_SHARED_CLASSES, tagSchema } from "@tributary/federation";
import { hex, isSigned, PROTOCOL_VERSION, PUBLIC_KEY_BYTES, TributaryError, v1 } from "@tributary/protocol";
import { z } from "zod";

const size = z.int().min(1).max(65_536);
const name = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, "1 to 64 of the characters A-Z a-z 0-9 . _ -");
const word = z.string().regex(/^[\x20-\x7e]{1,100}$/, "1 to 100 printable ASCII characters");

const op = z.string().regex(/^[a-z][a-z0-9_.-]{0,99}$/, "1 to 100 of the characters a-z 0-9 _ . -, a letter first");

/** The bound keeps samples times parameter exact in the mean. */
export const MAX_SAMPLES = 100_000_000;

const roles: Partial<Record<v1.Role, "train" | "evaluate">> = {
  [v1.Role.ROLE_TRAIN]: "train",
  [v1.Role.ROLE_EVALUATE]: "evaluate",
};

const facts = z.object({
  name,
  role: z.enum(["train", "evaluate"]),
  dataset: word,
  /** Samples that its shard holds. */
  samples: z.int().min(1).max(MAX_SAMPLES),
  sampleShape: z.array(size).min(1).max(8),
  classes: z.int().min(1).max(65_536),
  backend: word,
  threads: z.int().min(0).max(4_096),
  software: word,
  ops: z.array(op).min(1).max(500),
  tags: z.array(tagSchema).max(20),
  /** Bytes that it may use; 0: it did not tell. */
  memory: z.int().min(0),
  /** Stages of codecs that it knows: `codecStages`, or some of them. */
  codecs: z.array(z.string().regex(/^[a-z0-9]{1,30}$/, "1 to 30 of the characters a-z 0-9")).max(50),
  /** How many samples have each class; empty: it does not share that. */
  labels: z.array(z.int().min(0).max(MAX_SAMPLES)).max(MAX_SHARED_CLASSES),
  /** Ed25519, in hexadecimal digits. */
  publicKey: z.string().length(2 * PUBLIC_KEY_BYTES, `${PUBLIC_KEY_BYTES} bytes`),
  /** Of the process, new at each start. */
  instance: z.uuid("a UUID"),
});

const descriptionSchema = facts
  .refine(({ labels, classes }) => labels.length === 0 || labels.length === classes, {
    path: ["labels"],
    message: "a count for each class, or none",
  })
  .refine(({ labels, samples }) => labels.length === 0 || labels.reduce((sum, count) => sum + count, 0) === samples, {
    path: ["labels"],
    message: "counts that add up to its samples",
  });

/** What a worker says of itself when it registers. */
export type WorkerDescription = z.output<typeof descriptionSchema>;

/**
 * @param socket id of the connection that it came on
 * @throws TributaryError `protocol_mismatch`, `invalid_message` naming the field and what is allowed, `unauthorized` when it is
 *   not signed by its key
 */
export function parseRegistration(message: v1.Registration, socket: string): WorkerDescription {
  if (message.protocolVersion !== PROTOCOL_VERSION)
    throw new TributaryError(
      "protocol_mismatch",
      `the worker speaks protocol version ${message.protocolVersion}, the coordinator ${PROTOCOL_VERSION}`,
    );
  const { name, dataset, samples, sampleShape, classes, backend, threads, software, ops } = message;
  const { tags, memory, codecs, labelCounts: labels, publicKey, instance, signature } = message;
  const role = roles[message.role];
  const parsed = descriptionSchema.safeParse({
    name,
    role,
    dataset,
    samples,
    sampleShape,
    classes,
    backend,
    threads,
    software,
    ops: [...new Set(ops)].sort(),
    tags: [...new Set(tags)].sort(),
    memory,
    codecs: [...new Set(codecs)],
    labels,
    publicKey: hex(publicKey),
    instance,
  });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new TributaryError("invalid_message", `registration: ${issue?.path.join(".")}: ${issue?.message}`);
  }
  if (!isSigned({ socket, name, instance }, publicKey, signature))
    throw new TributaryError("unauthorized", `the registration of ${parsed.data.name} is not signed by its key`, {
      hint: "Run the same version of Tributary at the worker and the coordinator.",
    });
  return parsed.data;
}
