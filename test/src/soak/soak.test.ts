import { expect, it } from "vitest";
import { soak } from "./soak.js";

it.runIf(process.platform === "linux")(
  "holds no more sockets, timers and files after sixty rounds than after ten",
  async () => {
    const { first, last } = await soak({ rounds: 60, warmUp: 10, workers: 2 });
    expect(Object.keys(last)).toEqual(["coordinator", "worker-0", "worker-1"]);
    expect(last.coordinator?.resources).not.toEqual({});
    for (const [name, held] of Object.entries(last)) {
      expect(held.sockets, name).toBeLessThanOrEqual(first[name]?.sockets ?? 0);
      // One for each table that the database has opened meanwhile, not one for each round.
      expect(held.files, name).toBeLessThanOrEqual((first[name]?.files ?? 0) + 10);
      for (const [type, count] of Object.entries(held.resources))
        expect(count, `${name}: ${type}`).toBeLessThanOrEqual((first[name]?.resources[type] ?? 0) + 2);
    }
  },
);
