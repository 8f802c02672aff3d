import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Stands between a client and a server, and can cut the connection after a request got through but before its answer does. */
export class CuttingProxy implements AsyncDisposable {
  #cutAt: string | undefined;
  #cuts = 0;
  readonly #sockets = new Set<Socket>();

  private constructor(
    readonly server: Server,
    readonly port: number,
  ) {}

  /** @param to the server's port on this machine */
  static async start(to: number): Promise<CuttingProxy> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const proxy = new CuttingProxy(server, (server.address() as AddressInfo).port);
    server.on("connection", (client) => proxy.#join(client, connect(to, "127.0.0.1")));
    return proxy;
  }

  /** How often it has cut. */
  get cuts(): number {
    return this.#cuts;
  }

  /** Cuts once, after the next request that holds this text; undefined: lets all through. */
  cutAfter(text: string | undefined): void {
    this.#cutAt = text;
  }

  #join(client: Socket, server: Socket): void {
    let cutting = false;
    const end = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on("error", end).on("close", () => {
        this.#sockets.delete(socket);
        end();
      });
    }
    client.on("data", (data) => {
      if (this.#cutAt !== undefined && data.includes(this.#cutAt)) {
        this.#cutAt = undefined;
        cutting = true;
      }
      server.write(data);
    });
    server.on("data", (data) => {
      // The server has done what it was asked: it answers.
      if (!cutting) client.write(data);
      else {
        this.#cuts += 1;
        end();
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
    await once(this.server, "close");
  }
}
