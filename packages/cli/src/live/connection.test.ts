import { TributaryError } from "@tributary/protocol";
import { describe, expect, it } from "vitest";
import { absence } from "./connection.js";

const lost = (reason: string) => new TributaryError("disconnected", reason);

describe("an absence", () => {
  it("lasts until the coordinator answers, and has the newest reason", () => {
    const first = absence(undefined, lost("the connection broke"), 1_000);
    expect(first).toEqual({ since: 1_000, reason: "the connection broke" });
    expect(absence(first, lost("nobody answers"), 9_000)).toEqual({ since: 1_000, reason: "nobody answers" });
    expect(absence(first, undefined, 9_000)).toBeUndefined();
  });
});
