import { describe, expect, it } from "vitest";
import { linkTo, routeOf } from "./route.js";

describe("the address of a view", () => {
  it("leads back to it, whatever the id", () => {
    for (const id of ["j1", "a/b", "<img src=x>", "100%"]) {
      expect(routeOf(linkTo.job(id))).toEqual({ view: "job", job: id });
      expect(routeOf(linkTo.newJob(id))).toEqual({ view: "new", like: id });
      expect(routeOf(linkTo.audit(id))).toEqual({ view: "audit", job: id });
      expect(routeOf(linkTo.tryModel(id))).toEqual({ view: "try", job: id });
    }
    expect(routeOf(linkTo.jobs)).toEqual({ view: "jobs" });
    expect(routeOf(linkTo.audit())).toEqual({ view: "audit", job: undefined });
  });

  it("leads to the federation when it names no view", () => {
    for (const hash of ["", "#", "#/nowhere", "#access_token=x"]) expect(routeOf(hash)).toEqual({ view: "federation" });
    expect(routeOf("#/jobs/%E0%A4%A")).toEqual({ view: "jobs" });
  });
});
