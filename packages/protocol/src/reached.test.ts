import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, it } from "vitest";
import { channelOf, coordinatorPoints, reached, workerPoints } from "./reached.js";

describe("a point that is reached", () => {
  it("is told to who subscribed, at once and with its facts", () => {
    const told: unknown[] = [];
    const listen = (facts: unknown) => told.push(facts);
    subscribe(channelOf("training"), listen);
    reached("training", { done: 3 });
    reached("trained");
    unsubscribe(channelOf("training"), listen);
    reached("training", { done: 4 });
    expect(told).toEqual([{ done: 3 }]);
  });

  it("has a name of its own", () => {
    const points = [...coordinatorPoints, ...workerPoints];
    expect(new Set(points).size).toBe(points.length);
  });
});
