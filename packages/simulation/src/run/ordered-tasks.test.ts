import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OrderedTasks } from "./ordered-tasks.js";

/** Work that is done when the test says so. */
function controlled() {
  const done = new Map<string, (answer: string) => void>();
  const begun: string[] = [];
  const work = (name: string) => (signal: AbortSignal) => {
    begun.push(name);
    return new Promise<string>((resolve, reject) => {
      done.set(name, resolve);
      signal.addEventListener("abort", () => reject(new Error("called off")));
    });
  };
  return { begun, work, finish: (name: string) => done.get(name)?.(name) };
}

describe("tasks in order", () => {
  it("are taken in the order in which they were given, whichever is done first", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        async (turns, ahead) => {
          const tasks = new OrderedTasks<number>(ahead);
          let [running, most] = [0, 0];
          turns.forEach((count, index) => {
            tasks.add(String(index), async () => {
              most = Math.max(most, ++running);
              for (let turn = 0; turn < count; turn++) await Promise.resolve();
              running -= 1;
              return index;
            });
          });
          const taken: unknown[] = [];
          while (tasks.due !== undefined) taken.push(await tasks.next());
          expect(taken).toEqual(turns.map((_, answer) => ({ kind: "done", answer })));
          expect(most).toBeLessThanOrEqual(ahead);
        },
      ),
    );
  });

  it("are taken in the order of virtual time, and of one time in that in which they were given", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 12 }), async (times) => {
        const tasks = new OrderedTasks<number>(2);
        for (const [index, at] of times.entries()) tasks.add(String(index), async () => index, at);
        const taken: unknown[] = [];
        while (tasks.due !== undefined) taken.push(await tasks.next());
        const sorted = [...times.keys()].sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
        expect(taken).toEqual(sorted.map((answer) => ({ kind: "done", answer })));
      }),
    );
  });

  it("begin only when so few are ahead of them", async () => {
    const { begun, work, finish } = controlled();
    const tasks = new OrderedTasks<string>(2);
    for (const name of ["a", "b", "c"]) tasks.add(name, work(name));
    const first = tasks.next();
    expect(begun).toEqual(["a", "b"]);
    finish("b");
    finish("a");
    expect(await first).toEqual({ kind: "done", answer: "a" });
    expect(begun).toEqual(["a", "b"]);
    void tasks.next();
    expect(begun).toEqual(["a", "b", "c"]);
    await tasks.callOff();
  });

  it("are not taken once they are called off, and those of others are", async () => {
    const { work, finish } = controlled();
    const tasks = new OrderedTasks<string>(2);
    for (const name of ["a", "b"]) tasks.add(name, work(name));
    const first = tasks.next();
    await tasks.callOff("a");
    expect(await first).toBeUndefined();
    const second = tasks.next();
    finish("b");
    expect(await second).toEqual({ kind: "done", answer: "b" });
    expect(tasks.due).toBeUndefined();
  });

  it("hand on what went wrong", async () => {
    const tasks = new OrderedTasks<string>(1);
    const thrown = new Error("out of luck");
    tasks.add("a", () => Promise.reject(thrown));
    expect(await tasks.next()).toEqual({ kind: "failed", thrown });
  });
});
