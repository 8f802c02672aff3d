import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";

/** What a worker signs when it registers: that it is this worker, in this process, on this connection. */
export interface Claim {
  /** Id of the connection, chosen by the coordinator: a signature that somebody recorded is worth nothing on another one. */
  readonly socket: string;
  readonly name: string;
  /** Of the process, new at each start. */
  readonly instance: string;
}

/** Signatures of this key for another purpose are none of a registration. */
const DOMAIN = "tributary/v1/registration";

/** Length of a public key, bytes. */
export const PUBLIC_KEY_BYTES = 32;

/** A worker's Ed25519 key pair (RFC 8032): whoever holds it is the worker of that name. */
export class Identity {
  private constructor(private readonly key: KeyObject) {}

  static make(): Identity {
    return new Identity(generateKeyPairSync("ed25519").privateKey);
  }

  /** @throws Error when it is no private Ed25519 key in PEM */
  static fromPem(pem: string): Identity {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType !== "ed25519") throw new Error(`a key of the type ${key.asymmetricKeyType}`);
    return new Identity(key);
  }

  /** The private key, PKCS #8 in PEM. */
  toPem(): string {
    return this.key.export({ type: "pkcs8", format: "pem" }).toString();
  }

  /** 32 bytes. */
  get publicKey(): Uint8Array {
    return Buffer.from(createPublicKey(this.key).export({ format: "jwk" }).x ?? "", "base64url");
  }

  sign(claim: Claim): Uint8Array {
    return sign(null, bytesOf(claim), this.key);
  }
}

/** Whether the holder of the key behind `publicKey` made this claim. False for what is no key, or no signature. */
export function isSigned(claim: Claim, publicKey: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.byteLength !== PUBLIC_KEY_BYTES) return false;
  try {
    const jwk = { kty: "OKP", crv: "Ed25519", x: Buffer.from(publicKey).toString("base64url") };
    return verify(null, bytesOf(claim), createPublicKey({ key: jwk, format: "jwk" }), signature);
  } catch {
    return false;
  }
}

/** A list in JSON: no two claims have the same bytes. */
const bytesOf = ({ socket, name, instance }: Claim): Buffer =>
  Buffer.from(JSON.stringify([DOMAIN, socket, name, instance]));
