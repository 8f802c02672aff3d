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
  /** When it is done, in virtual time. */
  readonly at: number;
  running: Promise<Outcome<Answer>> | undefined;
}

/**
 * Work that is done some at a time, and taken in the order of virtual time, and then in that in which it was given, whichever is
 * done first: so a run is the same on one core and on many. No more than `ahead` results are under way or wait to be taken.
 */
export class OrderedTasks<Answer> {
  #tasks: Task<Answer>[] = [];

  /** @param ahead how many tasks may have begun, from 1 */
  constructor(private readonly ahead: number) {}

  /** When the first task is done, in virtual time; undefined: there is none. */
  get due(): number | undefined {
    return this.#tasks[0]?.at;
  }

  /** @param owner whose work it is, to call it off by @param at when it is done, in virtual time */
  add(owner: string, start: Start<Answer>, at = 0): void {
    const place = this.#tasks.findIndex((task) => task.at > at);
    const task = { owner, controller: new AbortController(), start, at, running: undefined };
    this.#tasks.splice(place < 0 ? this.#tasks.length : place, 0, task);
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
