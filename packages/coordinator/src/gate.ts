import { setTimeout } from "node:timers/promises";

/** Lets a few pieces of work run at once; the others wait in the order in which they came. */
export class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#free = limit;
  }

  /** Waits for a place. @returns how to give it back; a second time does nothing */
  async enter(): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    };
  }

  /**
   * A head start over those who come later: like `enter`, but nobody waits longer than `patienceMs`, and the place is given
   * back by itself after `holdMs`.
   */
  async enterFor(holdMs: number, patienceMs: number): Promise<() => void> {
    const entering = this.enter();
    const leave = await Promise.race([entering, setTimeout(patienceMs, undefined, { ref: false })]);
    if (leave === undefined) {
      entering.then((leaveUnused) => leaveUnused());
      return () => {};
    }
    setTimeout(holdMs, undefined, { ref: false }).then(leave);
    return leave;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    const leave = await this.enter();
    try {
      return await work();
    } finally {
      leave();
    }
  }
}
