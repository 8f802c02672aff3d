import { describe, expect, it } from "vitest";
import { FederationState } from "./federation-state.js";
import { workerView } from "./testing/views.js";

describe("the state of a federation", () => {
  it("is what was told last of each worker", () => {
    const state = new FederationState();
    expect(state.isTold).toBe(false);
    state.take({ type: "reset", data: {} });
    state.take({ type: "worker", data: workerView({ name: "ada" }) });
    state.take({ type: "ready", data: {} });
    expect(state.isTold).toBe(true);
    state.take({ type: "worker", data: workerView({ name: "ada", state: "training" }) });
    state.take({ type: "worker", data: workerView({ name: "bob" }) });
    state.take({ type: "forgotten", data: { name: "bob" } });
    expect(state.workers.map(({ name, state }) => [name, state])).toEqual([["ada", "training"]]);
  });

  it("holds until all is told anew, and then forgets what was not", () => {
    const state = new FederationState();
    for (const name of ["ada", "bob"]) state.take({ type: "worker", data: workerView({ name }) });
    state.take({ type: "reset", data: {} });
    state.take({ type: "worker", data: workerView({ name: "bob" }) });
    expect(state.workers.map(({ name }) => name)).toEqual(["ada", "bob"]);
    state.take({ type: "ready", data: {} });
    expect(state.workers.map(({ name }) => name)).toEqual(["bob"]);
  });
});
