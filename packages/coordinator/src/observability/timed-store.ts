import type { Store } from "../store/store.js";

/** How long an answer took, and whether it was one. */
export type NoteQuestion = (question: string, seconds: number, failed: boolean) => void;

/** The store, with every question that it is asked timed by the name of the method. */
export const timedStore = (store: Store, note: NoteQuestion): Store =>
  new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => timed(String(name), Reflect.apply(member, target, args), note);
    },
  });

function timed(question: string, answer: unknown, note: NoteQuestion): unknown {
  if (!(answer instanceof Promise)) return answer;
  const began = performance.now();
  const noted = (failed: boolean) => note(question, (performance.now() - began) / 1000, failed);
  answer.then(
    () => noted(false),
    () => noted(true),
  );
  return answer;
}
