import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestOf, hex } from "./digest.js";
import * as inBrowser from "./digest-in-browser.js";

describe("a digest in a browser", () => {
  it("is the one of Node", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(inBrowser.hex(inBrowser.digestOf(bytes))).toBe(hex(digestOf(bytes)));
      }),
    );
  });
});
