import { type TimerId, timerName } from "@tributary/federation";

interface SetTimer {
  readonly timer: TimerId;
  readonly at: number;
}

/**
 * Timers in virtual time. It stands still while anything is computed, and leaps to the next deadline when there is nothing else to
 * wait for: so no deadline strikes because a machine is slow, and none is really waited for.
 */
export class VirtualTimers {
  /** Virtual time, ms. */
  #now = 0;
  readonly #set = new Map<string, SetTimer>();

  /** Virtual ms since the beginning. */
  get now(): number {
    return this.#now;
  }

  /** When the next deadline is; undefined: there is none. */
  get next(): number | undefined {
    return this.#first()?.at;
  }

  /** Time passes, until something else than a deadline happens. */
  passTo(ms: number): void {
    this.#now = Math.max(this.#now, ms);
  }

  /** A timer that was set before is set anew. */
  set(timer: TimerId, ms: number): void {
    this.#set.set(timerName(timer), { timer, at: this.#now + ms });
  }

  clear(timer: TimerId): void {
    this.#set.delete(timerName(timer));
  }

  /** Leaps to the next deadline, which is then over. @returns undefined when there is none */
  strike(): TimerId | undefined {
    const next = this.#first();
    if (next === undefined) return undefined;
    this.clear(next.timer);
    this.#now = next.at;
    return next.timer;
  }

  /** Of timers for the same moment the one that was set first. */
  #first(): SetTimer | undefined {
    let first: SetTimer | undefined;
    for (const one of this.#set.values()) if (first === undefined || one.at < first.at) first = one;
    return first;
  }
}
