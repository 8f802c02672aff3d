import { expect, it } from "vitest";
import { withVictim } from "./victim.js";

it("refuses ten thousand random messages with a type, bounded in memory, while a good worker works", async () => {
  await withVictim(async ({ attack, rounds }) => {
    const before = await rounds();
    const { wrong, messages, answers, grownBytes = 0 } = await attack({ messages: 10_000, seed: 20 });
    expect(wrong).toEqual([]);
    expect(messages).toBeGreaterThanOrEqual(10_000);
    expect(Object.keys(answers)).toEqual(expect.arrayContaining(["invalid_message", "not_registered", "ok"]));
    expect(grownBytes).toBeLessThan(256 * 2 ** 20);
    expect(await rounds()).toBeGreaterThan(before);
  });
});
