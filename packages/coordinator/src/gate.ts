import { setTimeout } from "node:timers/promises";

/** Has a few places for work that runs at once; what finds too few waits, in the order in which it came. */
export class Gate {
  #free: number;
  readonly #waiting: { readonly places: number; readonly begin: () => void }[] = [];

  constructor(limit: number) {
    this.#free = limit;
  }

  /** Waits for places, no more than there are. @returns how to give them back; a second time does nothing */
  async enter(places = 1): Promise<() => void> {
    if (this.#waiting.length === 0 && this.#free >= places) this.#free -= places;
    else await new Promise<void>((begin) => this.#waiting.push({ places, begin }));
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#free += places;
      for (let next = this.#waiting[0]; next !== undefined && next.places <= this.#free; next = this.#waiting[0]) {
        this.#waiting.shift();
        this.#free -= next.places;
        next.begin();
      }
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
