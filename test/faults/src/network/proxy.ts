import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { type RandomStream, stream } from "@tributary/protocol";
import { Corruption } from "./corruption.js";
import { carry } from "./line.js";

/** What a network does to the connections that go over it. Every field: default none of it. */
export interface NetworkFaults {
  /** How long a byte travels in one direction, ms. */
  readonly delayMs?: number;
  /** Of one connection, in one direction. */
  readonly bytesPerSecond?: number;
  /** A connection is cut once in so many bytes, of all connections: between half and one and a half times as many. */
  readonly cutEvery?: number;
  /** One byte in so many is changed, on average. */
  readonly corruptEvery?: number;
}

/** What went over a proxy since it was last cleared. */
export interface Traffic {
  /** Bytes that clients sent, also those that never arrived. */
  up: number;
  /** Bytes that the server sent. */
  down: number;
  connections: number;
  cuts: number;
  /** Bytes that were changed. */
  corrupted: number;
}

interface Connection {
  readonly client: Socket;
  readonly server: Socket;
  silent: boolean;
}

const none = (): Traffic => ({ up: 0, down: 0, connections: 0, cuts: 0, corrupted: 0 });

/** A TCP proxy on this machine that is as bad a network as it is told to be, and can be told anew at any time. */
export class NetworkProxy implements AsyncDisposable {
  readonly #connections = new Set<Connection>();
  #random: RandomStream = stream(1, "network");
  #corruption: Corruption | undefined;
  /** Bytes until the next cut. */
  #untilCut = Number.POSITIVE_INFINITY;
  #faults: NetworkFaults = {};
  #traffic = none();
  #healed: Promise<void> = Promise.resolve();
  #heal: (() => void) | undefined;

  private constructor(
    private readonly server: Server,
    private readonly target: number,
    readonly port: number,
  ) {
    server.on("connection", (client) => void this.#serve(client));
  }

  /** @param target port of the server on this machine */
  static async start(target: number): Promise<NetworkProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("the proxy has no port");
    return new NetworkProxy(server, target, address.port);
  }

  get traffic(): Readonly<Traffic> {
    return this.#traffic;
  }

  /** From now on, for the connections that there are, too. What chance does is drawn from the seed. */
  behave(faults: NetworkFaults, seed = 1): void {
    this.#faults = faults;
    this.#random = stream(seed, "network");
    this.#untilCut = this.#drawCut();
    this.#corruption = faults.corruptEvery === undefined ? undefined : new Corruption(faults.corruptEvery, seed);
    this.#traffic = none();
  }

  /** Delivers nothing until `heal` is called; nothing is lost, as TCP has it. New connections hang. */
  partition(): void {
    if (this.#heal !== undefined) return;
    this.#healed = new Promise((resolve) => {
      this.#heal = resolve;
    });
  }

  heal(): void {
    this.#heal?.();
    this.#heal = undefined;
  }

  /** The connections that there are swallow everything from now on, and neither side is told. New ones work. */
  halfOpen(): number {
    for (const connection of this.#connections) connection.silent = true;
    return this.#connections.size;
  }

  /** Ends every connection at once, with a reset. */
  cut(): void {
    for (const connection of this.#connections) this.#cut(connection);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.heal();
    this.server.close();
    for (const { client, server } of this.#connections) {
      client.destroy();
      server.destroy();
    }
    if (this.server.listening) await once(this.server, "close");
  }

  async #serve(client: Socket): Promise<void> {
    client.on("error", () => {});
    await this.#healed;
    const server = connect({ port: this.target, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    server.on("error", () => {});
    const connection: Connection = { client, server, silent: false };
    this.#connections.add(connection);
    this.#traffic.connections += 1;
    const both = [this.#carry(connection, "up"), this.#carry(connection, "down")];
    await Promise.all(both).catch(() => this.#reset(connection));
    // A silent connection stays open at the side that still believes in it.
    await Promise.all(
      [client, server].map((socket) => (socket.closed ? undefined : once(socket, "close").catch(() => {}))),
    );
    this.#connections.delete(connection);
  }

  #carry(connection: Connection, direction: "up" | "down"): Promise<void> {
    const { client, server } = connection;
    const [from, to] = direction === "up" ? [client, server] : [server, client];
    return carry(from, to, {
      delayMs: () => this.#faults.delayMs ?? 0,
      bytesPerSecond: () => this.#faults.bytesPerSecond ?? Number.POSITIVE_INFINITY,
      open: () => this.#healed,
      tellsEnds: () => !connection.silent,
      sent: (piece) => {
        this.#traffic[direction] += piece.byteLength;
      },
      deliver: (piece) => {
        if (connection.silent) return false;
        this.#untilCut -= piece.byteLength;
        if (this.#untilCut <= 0) {
          this.#untilCut = this.#drawCut();
          this.#traffic.cuts += 1;
          this.#cut(connection);
          return false;
        }
        this.#traffic.corrupted += this.#corruption?.spoil(piece) ?? 0;
        return true;
      },
    });
  }

  #drawCut(): number {
    return (this.#faults.cutEvery ?? Number.POSITIVE_INFINITY) * (0.5 + this.#random.uniform());
  }

  /** One side is gone: the other is told, unless the connection is silent. */
  #reset(connection: Connection): void {
    if (!connection.silent) this.#cut(connection);
  }

  #cut({ client, server }: Connection): void {
    client.resetAndDestroy();
    server.resetAndDestroy();
  }
}
