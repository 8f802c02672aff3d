import { type TimerId, timerName } from "@tributary/federation";

/** setTimeout takes 31 bits of milliseconds; a longer wait is made of several. */
const LONGEST_MS = 2 ** 31 - 1;

interface Running {
  readonly beganAt: number;
  readonly endsAt: number;
  handle: NodeJS.Timeout;
}

/** The waits of one job, by name. */
export class Timers {
  readonly #running = new Map<string, Running>();

  /** Calls `onPassed` once after `ms`, unless it is cleared before. One that runs is set anew, and counted from its beginning. */
  set(timer: TimerId, ms: number, onPassed: () => void): void {
    const beganAt = this.#running.get(timerName(timer))?.beganAt ?? performance.now();
    this.clear(timer);
    const endsAt = beganAt + ms;
    const wait = (): NodeJS.Timeout =>
      setTimeout(
        () => {
          if (performance.now() < endsAt - 1) {
            running.handle = wait();
            return;
          }
          this.#running.delete(timerName(timer));
          onPassed();
        },
        Math.min(LONGEST_MS, Math.max(0, endsAt - performance.now())),
      );
    const running: Running = { beganAt, endsAt, handle: wait() };
    this.#running.set(timerName(timer), running);
  }

  clear(timer: TimerId): void {
    const key = timerName(timer);
    clearTimeout(this.#running.get(key)?.handle);
    this.#running.delete(key);
  }

  /** Milliseconds until it passes, whole; 0 when it does not run. */
  remaining(timer: TimerId): number {
    const running = this.#running.get(timerName(timer));
    return running === undefined ? 0 : Math.max(0, Math.round(running.endsAt - performance.now()));
  }

  clearAll(): void {
    for (const { handle } of this.#running.values()) clearTimeout(handle);
    this.#running.clear();
  }
}
