/** Does something when it is asked to: at once, or when it was done just before, a little later. It never does it twice at a time. */
export class Paced {
  #isBusy = false;
  #isAskedAgain = false;
  #isStopped = false;
  #pause: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param work never rejects
   * @param paceMs least time from the end of one time to the next, ms
   */
  constructor(
    private readonly work: () => Promise<void>,
    private readonly paceMs: number,
  ) {}

  /** However often it is asked for meanwhile, it is done once after that. */
  ask(): void {
    if (this.#isStopped) return;
    if (this.#isBusy) {
      this.#isAskedAgain = true;
      return;
    }
    this.#isBusy = true;
    this.#isAskedAgain = false;
    void this.work().then(() => {
      if (!this.#isStopped) this.#pause = setTimeout(() => this.#goOn(), this.paceMs);
    });
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#pause);
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  #goOn(): void {
    this.#isBusy = false;
    if (this.#isAskedAgain) this.ask();
  }
}
