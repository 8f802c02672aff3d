import { setTimeout as pause } from "node:timers/promises";
import type { Exit, NodeProcess } from "@tributary/cli";

/** How long after its death a process is started again, ms: systemd's default. */
const RESTART_MS = 100;

/** A process that is started again whenever it was killed, as an init system would. One that ends by itself stays down: that is a fault. */
export class Supervised {
  #process: NodeProcess;
  #stopping = false;
  #kills = 0;
  #ended: Exit | undefined;
  #supervision: Promise<void>;

  constructor(
    private readonly begin: () => NodeProcess,
    private readonly onKilled: () => void = () => {},
  ) {
    this.#process = begin();
    this.#supervision = this.#supervise();
  }

  /** How often it was killed so far. */
  get kills(): number {
    return this.#kills;
  }

  /** How it ended, when it ended by itself. */
  get ended(): Exit | undefined {
    return this.#ended;
  }

  get current(): NodeProcess {
    return this.#process;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    // A stopped process hears nothing but SIGKILL.
    this.#process.kill("SIGCONT");
    await this.#process.stop();
    await this.#supervision;
  }

  /** Stops it, does something while it is down, and starts it again. */
  async whileDown<T>(work: () => Promise<T>): Promise<T> {
    await this.stop();
    try {
      return await work();
    } finally {
      this.#stopping = false;
      this.#process = this.begin();
      this.#supervision = this.#supervise();
    }
  }

  async #supervise(): Promise<void> {
    for (;;) {
      const exit = await this.#process.exited;
      if (this.#stopping) return;
      if (exit.signal !== "SIGKILL") {
        this.#ended = exit;
        return;
      }
      this.#kills += 1;
      this.onKilled();
      await pause(RESTART_MS);
      if (this.#stopping) return;
      this.#process = this.begin();
    }
  }
}
