import { createElement, Suspense } from "react";
import { renderToString } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { later } from "./later.js";

const Hello = ({ name }: { readonly name: string }) => createElement("p", null, `hello ${name}`);
const shown = (view: ReturnType<typeof later<{ readonly name: string }>>): string =>
  renderToString(createElement(Suspense, { fallback: "on its way" }, createElement(view.View, { name: "you" })));

describe("a view in a file of its own", () => {
  it("is drawn at once when its file is there, and is waited for when it is not", async () => {
    let reads = 0;
    const view = later(async () => {
      reads += 1;
      return { default: Hello };
    });
    expect(shown(view)).toContain("on its way");
    await Promise.all([view.read(), view.read()]);
    expect(shown(view)).toContain("hello you");
    expect(shown(view)).not.toContain("on its way");
    expect(reads).toBe(1);
  });

  it("tells that its file cannot be read", async () => {
    const load = async (): Promise<{ readonly default: typeof Hello }> => {
      throw new Error("gone");
    };
    await expect(later(load).read()).rejects.toThrow("gone");
  });
});
