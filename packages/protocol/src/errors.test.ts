import { describe, expect, it } from "vitest";
import { catalogue, fromWire, isErrorCode, TributaryError, toTributaryError, toWire } from "./errors.js";

describe("an error of the catalogue", () => {
  it("has the status and the hint of its code", () => {
    const error = new TributaryError("unknown_model", "no model is called lenet");
    expect(error).toMatchObject({
      status: 422,
      hint: catalogue.unknown_model.hint,
      message: "no model is called lenet",
    });
    expect(error).toBeInstanceOf(Error);
    expect("cause" in error).toBe(false);
  });

  it("may have a hint and a cause of its own", () => {
    const cause = new Error("ENOENT");
    const error = new TributaryError("file_unreadable", "cannot read it", { hint: "Make it.", cause });
    expect(error).toMatchObject({ hint: "Make it.", cause });
  });

  it.each(Object.entries(catalogue))(
    "%s has an HTTP status of a failure and a hint of one line",
    (_, { status, hint }) => {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(600);
      expect(hint).toMatch(/^[A-Z].*\.$/);
    },
  );

  it.each(["toString", "__proto__", "", "unknown"])("%j is no code", (code) => expect(isErrorCode(code)).toBe(false));
});

describe("any thrown value", () => {
  it("becomes internal and keeps its text to itself", () => {
    const error = toTributaryError(new Error("password=1234"));
    expect(error).toMatchObject({ code: "internal", message: expect.not.stringContaining("1234") });
    expect(error.cause).toEqual(new Error("password=1234"));
    expect(toTributaryError("text").code).toBe("internal");
    expect(toTributaryError(undefined).code).toBe("internal");
  });

  it("stays what it is when it is of the catalogue", () => {
    const error = new TributaryError("conflict", "taken");
    expect(toTributaryError(error)).toBe(error);
  });
});

describe("an error that travels", () => {
  it("arrives with its code, message and hint, and without its cause", () => {
    const error = new TributaryError("round_closed", "round 3 is over", { hint: "Wait.", cause: new Error("secret") });
    expect(JSON.stringify(toWire(error))).not.toContain("secret");
    expect(fromWire(toWire(error))).toMatchObject({ code: "round_closed", message: "round 3 is over", hint: "Wait." });
  });

  it.each(["of_a_later_version", "__proto__", "", null])(
    "has the code internal when this version knows no %j",
    (code) => {
      expect(fromWire({ code, message: "m" })).toMatchObject({ code: "internal", message: "m" });
    },
  );

  it("can't write to the terminal or forge a line of the log", () => {
    const { message, hint } = fromWire({ code: "conflict", message: "a\u001b[2J\r\nb\u202ec\u2028d", hint: "\u0000h" });
    expect(message).toBe("a [2J b c d");
    expect(hint).toBe("h");
    expect(fromWire({ message: "x".repeat(1_000_000) }).message).toHaveLength(500);
    expect(fromWire({}).message).toBe("the other side refused");
  });
});
