import { describe, expect, it } from "vitest";
import { Gate } from "./gate.js";

describe("a gate", () => {
  it("lets in what finds places enough, in the order in which it came", async () => {
    const gate = new Gate(4);
    const entered: string[] = [];
    const enter = async (name: string, places?: number) => {
      const leave = await gate.enter(places);
      entered.push(name);
      return leave;
    };
    const three = await enter("three", 3);
    const four = enter("four", 4);
    const one = enter("one");
    await Promise.resolve();
    expect(entered).toEqual(["three"]);
    three();
    three();
    const leaveFour = await four;
    await Promise.resolve();
    expect(entered).toEqual(["three", "four"]);
    leaveFour();
    await one;
    await Promise.all([enter("two", 2), enter("another")]);
    expect(entered).toEqual(["three", "four", "one", "two", "another"]);
  });
});
