/** Lets `burst` things through at once and one more every `everyMs`: what comes faster is left out. */
export class TokenBucket {
  #tokens: number;
  #at = performance.now();

  constructor(
    private readonly burst: number,
    private readonly everyMs: number,
  ) {
    this.#tokens = burst;
  }

  /** Whether there is room for one more. */
  take(): boolean {
    const now = performance.now();
    this.#tokens = Math.min(this.burst, this.#tokens + (now - this.#at) / this.everyMs);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
