/** Work that can be called off. @throws TributaryError */
export type Start<Answer> = (signal: AbortSignal) => Promise<Answer>;

/** What came of a task. */
export type Outcome<Answer> =
  | { readonly kind: "done"; readonly answer: Answer }
  | { readonly kind: "failed"; readonly thrown: unknown };

interface Task<Answer> {
  readonly owner: string;
  readonly controller: AbortController;
  readonly start: Start<Answer>;
  running: Promise<Outcome<Answer>> | undefined;
}

/**
 * Work that is done some at a time, and taken in the order in which it was given, whichever is done first: so a run is the same
 * on one core and on many. No more than `ahead` results are under way or wait to be taken.
 */
export class OrderedTasks<Answer> {
  #tasks: Task<Answer>[] = [];

  /** @param ahead how many tasks may have begun, from 1 */
  constructor(private readonly ahead: number) {}

  get isEmpty(): boolean {
    return this.#tasks.length === 0;
  }

  /** @param owner whose work it is, to call it off by */
  add(owner: string, start: Start<Answer>): void {
    this.#tasks.push({ owner, controller: new AbortController(), start, running: undefined });
  }

  /** Calls off the work of one owner, or of all. It is not taken any more. @returns when nothing of it runs */
  async callOff(owner?: string): Promise<void> {
    const off = this.#tasks.filter((task) => owner === undefined || task.owner === owner);
    this.#tasks = this.#tasks.filter((task) => !off.includes(task));
    for (const { controller } of off) controller.abort();
    await Promise.all(off.map(({ running }) => running));
  }

  /** What came of the first task, when it is done; undefined when there is none. */
  async next(): Promise<Outcome<Answer> | undefined> {
    for (const task of this.#tasks.slice(0, this.ahead)) task.running ??= begun(task);
    const [first] = this.#tasks;
    const outcome = await first?.running;
    // What was called off meanwhile has gone from the list.
    if (first === undefined || this.#tasks[0] !== first) return undefined;
    this.#tasks.shift();
    return outcome;
  }
}

async function begun<Answer>({ start, controller }: Task<Answer>): Promise<Outcome<Answer>> {
  try {
    return { kind: "done", answer: await start(controller.signal) };
  } catch (thrown) {
    return { kind: "failed", thrown };
  }
}
