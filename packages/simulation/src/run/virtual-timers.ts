import type { TimerId } from "@tributary/federation";

const nameOf = ({ phase, round, attempt, worker = "" }: TimerId): string => `${phase}/${round}/${attempt}/${worker}`;

/**
 * Timers in virtual time. It stands still while anything is computed, and leaps to the next deadline when there is nothing else to
 * wait for: so no deadline strikes because a machine is slow, and none is really waited for.
 */
export class VirtualTimers {
  /** Virtual time, ms. */
  #now = 0;
  readonly #set = new Map<string, { readonly timer: TimerId; readonly at: number }>();

  /** Virtual ms since the beginning. */
  get now(): number {
    return this.#now;
  }

  /** When the next deadline is; undefined: there is none. */
  get next(): number | undefined {
    return this.#set.size === 0 ? undefined : Math.min(...[...this.#set.values()].map(({ at }) => at));
  }

  /** Time passes, until something else than a deadline happens. */
  passTo(ms: number): void {
    this.#now = Math.max(this.#now, ms);
  }

  /** A timer that was set before is set anew. */
  set(timer: TimerId, ms: number): void {
    this.#set.set(nameOf(timer), { timer, at: this.#now + ms });
  }

  clear(timer: TimerId): void {
    this.#set.delete(nameOf(timer));
  }

  /** Leaps to the next deadline, which is then over. @returns undefined when there is none */
  strike(): TimerId | undefined {
    const [next] = [...this.#set.values()].sort((a, b) => a.at - b.at);
    if (next === undefined) return undefined;
    this.clear(next.timer);
    this.#now = next.at;
    return next.timer;
  }
}
