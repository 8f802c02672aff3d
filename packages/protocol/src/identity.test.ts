import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type Claim, Identity, isSigned } from "./identity.js";

describe("an identity", () => {
  const identity = Identity.make();
  const claim: Claim = { socket: "socket", name: "alice", instance: "first" };
  const signature = identity.sign(claim);

  it("signs what its public key verifies, also after it was written down", () => {
    expect(isSigned(claim, identity.publicKey, signature)).toBe(true);
    const again = Identity.fromPem(identity.toPem());
    expect(again.publicKey).toEqual(identity.publicKey);
    expect(isSigned(claim, identity.publicKey, again.sign(claim))).toBe(true);
  });

  it.each([
    ["connection", { socket: "another" }],
    ["name", { name: "bob" }],
    ["process", { instance: "second" }],
    ["split of the same letters", { socket: "socketa", name: "lice" }],
  ])("does not vouch for another %s", (_, change) => {
    expect(isSigned({ ...claim, ...change }, identity.publicKey, signature)).toBe(false);
  });

  it("is not the one of another key", () => {
    expect(isSigned(claim, Identity.make().publicKey, signature)).toBe(false);
  });

  it.each([
    ["no key", new Uint8Array(), signature],
    ["a key that is too long", new Uint8Array(33).fill(1), signature],
    ["no signature", identity.publicKey, new Uint8Array()],
    ["a signature that is cut off", identity.publicKey, signature.subarray(1)],
  ])("is not shown by %s", (_, key, signed) => {
    expect(isSigned(claim, key, signed)).toBe(false);
  });

  it("is no key of another kind", () => {
    const { privateKey } = generateKeyPairSync("x25519");
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    expect(() => Identity.fromPem(pem)).toThrow();
    expect(() => Identity.fromPem("nonsense")).toThrow();
  });
});
