import { createHash } from "node:crypto";
import { TributaryError } from "@tributary/protocol";

/** By what a request may be repeated. It is stored with what the request made, and kept as long. */
export interface RequestKey {
  readonly idempotencyKey: string;
  /** SHA-256 of the request's body, hexadecimal. */
  readonly requestDigest: string;
}

/** What a request made. Null: the request had no key. */
type Made = { readonly id: string } & { readonly [Part in keyof RequestKey]: RequestKey[Part] | null };

/**
 * Requests that may come again: the same key gives the same thing, whatever became of the first answer. They follow one another:
 * two of the same may come at once. One that is refused uses no key up.
 */
export class KeyedRequests<T extends Made> {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param kind what is made, for messages
   * @param find what a request with the key made
   */
  constructor(
    private readonly kind: string,
    private readonly find: (idempotencyKey: string) => Promise<T | undefined>,
  ) {}

  /**
   * @param request its body, as it came
   * @throws TributaryError `idempotency_key_reused`, and what `find` and `make` throw
   */
  once(idempotencyKey: string, request: string, make: (key: RequestKey) => Promise<T>): Promise<T> {
    const requestDigest = createHash("sha256").update(request).digest("hex");
    const asked = this.#last.then(async () => {
      const made = await this.find(idempotencyKey);
      if (made === undefined) return make({ idempotencyKey, requestDigest });
      if (made.requestDigest === requestDigest) return made;
      throw new TributaryError(
        "idempotency_key_reused",
        `${this.kind} ${made.id} was submitted with this key, by another request`,
      );
    });
    this.#last = asked.catch(() => {});
    return asked;
  }
}
