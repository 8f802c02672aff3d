import { randomUUID } from "node:crypto";
import { codecStages, type Holdout, trainingCount, validationCount } from "@tributary/federation";
import { catalogue } from "@tributary/nn";
import {
  type BlobRef,
  type Channel,
  type CoordinatorEvents,
  chunkRange,
  coordinatorEvents,
  decodeParameters,
  digestOf,
  downloadBlob,
  encodeParameters,
  hex,
  Identity,
  type MessageSize,
  openChannel,
  type Parameter,
  PROTOCOL_VERSION,
  type TransferOptions,
  TributaryError,
  type UploadEnds,
  uploadBlob,
  v1,
  type WorkerEvents,
  wireBlobRef,
  workerEvents,
} from "@tributary/protocol";
import { io, type Socket } from "socket.io-client";

type Channels = Channel<CoordinatorEvents, WorkerEvents>;

/** What a peer does with the global model: the parameters of its update. */
export type Training = (
  parameters: readonly Parameter[],
  round: number,
) => readonly Parameter[] | Promise<readonly Parameter[]>;

export interface PeerOptions {
  readonly url: string;
  readonly token: string;
  readonly name: string;
  readonly role?: "train" | "evaluate";
  readonly dataset?: string;
  readonly samples?: number;
  readonly tags?: readonly string[];
  /** Bytes that it says it may use. */
  readonly memory?: number;
  /** What its link is trusted with; default: nothing yet. */
  readonly messages?: MessageSize;
  /** Loss that its updates tell; default 0.5. */
  readonly loss?: number;
  /** Ops that it trains; default: the catalogue. */
  readonly ops?: readonly string[];
  /** Stages of codecs that it knows; default: all. */
  readonly codecs?: readonly string[];
  /** Default: the model as it came. */
  readonly train?: Training;
  /** Accuracy that an evaluator reports, or a worker of the global model on what it holds back; default 0.5. */
  readonly accuracy?: number;
  /** Accuracy that a worker reports of its own model; default 0.75. */
  readonly personalAccuracy?: number;
  /** Default: the one that all peers of this name have. */
  readonly identity?: Identity;
  /** Id of the process that it claims to be; default: one of its own. */
  readonly instance?: string;
  /** Instead of doing what is asked. */
  readonly onAssignment?: (assignment: v1.Assignment, peer: Peer) => Promise<void>;
}

const identities = new Map<string, Identity>();

function identityOf(name: string): Identity {
  const identity = identities.get(name) ?? Identity.make();
  identities.set(name, identity);
  return identity;
}

/** A worker in a few lines, over a real connection: downloads, changes and uploads models, without any training. */
export class Peer {
  /** What its work ended with, one entry for each assignment. */
  readonly outcomes: ("done" | TributaryError)[] = [];
  readonly aborts: v1.Abort[] = [];
  readonly assignments: v1.Assignment[] = [];

  readonly #instance = randomUUID();

  private constructor(
    readonly options: PeerOptions,
    readonly socket: Socket,
    readonly channel: Channels,
  ) {}

  /** @throws TributaryError what the coordinator refused the handshake or the registration with */
  static async join(options: PeerOptions): Promise<Peer> {
    const peer = await Peer.connect(options);
    try {
      await peer.register();
    } catch (error) {
      peer.close();
      throw error;
    }
    return peer;
  }

  static async connect(options: PeerOptions): Promise<Peer> {
    const socket = io(options.url, {
      transports: ["websocket"],
      auth: { token: options.token },
      reconnection: false,
      forceNew: true,
    });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("connect_error", (error: Error & { data?: { code: string } }) => {
        socket.close();
        reject(error);
      });
    });
    const peer = new Peer(options, socket, openChannel(socket, coordinatorEvents, workerEvents));
    peer.channel.handle("abort", (abort) => {
      peer.aborts.push(abort);
      return {};
    });
    peer.channel.handle("assign", (assignment) => {
      peer.assignments.push(assignment);
      setImmediate(() => void peer.work(assignment));
      return {};
    });
    return peer;
  }

  register(changes: v1.Registration.$Properties = {}): Promise<v1.Registered> {
    const { name, role = "train", dataset = "mnist", samples = 100, ops = catalogue.keys() } = this.options;
    const { tags = [], memory = 0, codecs = codecStages } = this.options;
    const { identity = identityOf(name), instance = this.#instance } = this.options;
    return this.channel.call("register", {
      protocolVersion: PROTOCOL_VERSION,
      role: role === "train" ? v1.Role.ROLE_TRAIN : v1.Role.ROLE_EVALUATE,
      ...{
        name,
        dataset,
        samples,
        backend: "wasm",
        threads: 1,
        software: "0.1.0",
        sampleShape: [1, 28, 28],
        classes: 10,
        ops: [...ops],
        tags: [...tags],
        memory,
        codecs: [...codecs],
        publicKey: identity.publicKey,
        instance,
        signature: identity.sign({ socket: this.socket.id ?? "", name, instance }),
      },
      ...changes,
    });
  }

  close(): void {
    this.socket.disconnect();
  }

  get #transfer(): TransferOptions {
    const { messages } = this.options;
    return { ...(messages && { messages }) };
  }

  private async work(assignment: v1.Assignment): Promise<void> {
    try {
      if (this.options.onAssignment !== undefined) await this.options.onAssignment(assignment, this);
      else await this.obey(assignment);
      this.outcomes.push("done");
    } catch (error) {
      this.outcomes.push(error instanceof TributaryError ? error : new TributaryError("internal", String(error)));
    }
  }

  /** Does what an assignment asks. */
  async obey({ task, training, evaluating, validating }: v1.Assignment): Promise<void> {
    if (!task) throw new TributaryError("invalid_message", "an assignment without a task");
    const place = placeOf(task);
    if (evaluating) {
      const confusion = new Array<number>(100).fill(0);
      const { accuracy = 0.5 } = this.options;
      const subject = evaluating.subject ?? "";
      await this.channel.call("evaluation", { ...place, subject, samples: 10, loss: 1, accuracy, confusion });
    }
    if (validating) {
      await this.download(task);
      await this.channel.call("validation", { ...place, ...this.scores(validating) });
    }
    if (training) {
      const parameters = decodeParameters(await this.download(task));
      const train = this.options.train ?? (() => parameters);
      const { samples = 100 } = this.options;
      const { holdout } = training;
      await this.send(task, encodeParameters(await train(parameters, place.round)), {
        samples: trainingCount(holdout ? holdoutIn(holdout) : undefined, samples),
      });
    }
  }

  /** What it says of models when it is asked. */
  scores({ holdout, personalising }: v1.Validating.$Properties): v1.Validation.$Properties {
    const { samples = 100, accuracy = 0.5, personalAccuracy = 0.75 } = this.options;
    return {
      samples: validationCount(holdoutIn(holdout ?? {}), samples),
      score: { loss: 1, accuracy },
      ...(personalising && { personal: { loss: 0.5, accuracy: personalAccuracy } }),
    };
  }

  async download({ model }: v1.Task.$Properties): Promise<Uint8Array> {
    const size = model?.size ?? 0;
    const digest = model?.digest ?? new Uint8Array();
    const bytes = new Uint8Array(size);
    const request = async (index: number, count: number) =>
      (await this.channel.call("chunk", { digest, index, count })).data;
    const append = async (index: number, part: Uint8Array) => {
      bytes.set(part, chunkRange(size, index).start);
      return index + 1;
    };
    const finish = async () => {
      if (hex(digestOf(bytes)) !== hex(digest)) throw new TributaryError("digest_mismatch", "damaged");
    };
    const sink = { nextIndex: 0, append, finish };
    await downloadBlob({ digest: hex(digest), size }, { request, sink }, this.#transfer);
    return bytes;
  }

  /** Uploads an update and reports it. */
  async send(task: v1.Task.$Properties, bytes: Uint8Array, changes: v1.Update.$Properties = {}): Promise<void> {
    const place = placeOf(task);
    const { samples = 100, loss = 0.5 } = this.options;
    const { codec = "" } = changes;
    const ref: BlobRef = { digest: hex(digestOf(bytes)), size: bytes.byteLength };
    const ends: UploadEnds = {
      open: () => this.channel.call("uploadOpen", { ...place, blob: wireBlobRef(ref), codec }),
      send: (upload, index, data) => this.channel.call("uploadChunk", { upload, index, data }),
      read: async (start, end) => bytes.subarray(start, end),
    };
    await uploadBlob(ref, ends, this.#transfer);
    const metrics = {
      loss,
      accuracy: 0.25,
      batches: 1,
      samplesSeen: samples,
      downloadMs: 1,
      trainMs: 1,
      uploadMs: 1,
    };
    await this.channel.call("update", { ...place, parameters: wireBlobRef(ref), samples, metrics, ...changes });
  }
}

const holdoutIn = ({ fraction, minimum }: v1.Holdout.$Properties): Holdout => ({
  fraction: fraction ?? 0,
  minimum: minimum ?? 0,
});

const placeOf = ({ job, round, attempt }: v1.Task.$Properties) => ({
  job: job ?? "",
  round: round ?? 0,
  attempt: attempt ?? 0,
});
