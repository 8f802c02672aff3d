import { type BoundsCheck, type ExpectedParameter, ParameterAdmission } from "@tributary/federation";
import { ParameterFeed, type TributaryError, toTributaryError } from "@tributary/protocol";

/**
 * Looks through the content of an update while it arrives, so that nothing of it is read again when it is whole. Of an update
 * whose first bytes came to an earlier process, or before the disk failed, it knows nothing.
 */
export class IncomingUpdate {
  #feed: ParameterFeed | undefined;
  #admission: ParameterAdmission | undefined;
  /** Bytes that were looked through. */
  #at = 0;
  #fault: TributaryError | undefined;

  /**
   * @param size bytes of the update
   * @param expected `partsOfUpdate`
   * @param maxAbs largest absolute value that a parameter may have
   */
  constructor(
    private readonly size: number,
    private readonly expected: readonly ExpectedParameter[],
    private readonly maxAbs: number,
    private readonly bounds: BoundsCheck,
  ) {}

  readonly take = (bytes: Uint8Array, start: number): void => {
    if (start === 0) this.#begin();
    if (start !== this.#at) this.#feed = undefined;
    this.#at = start + bytes.byteLength;
    if (this.#fault !== undefined) return;
    try {
      this.#feed?.push(bytes);
    } catch (thrown) {
      this.#fault = toTributaryError(thrown);
    }
  };

  /**
   * @returns whether all of it was looked through
   * @throws TributaryError what is wrong with it
   */
  passed(): boolean {
    if (this.#feed === undefined || this.#at !== this.size) return false;
    if (this.#fault !== undefined) throw this.#fault;
    this.#feed.end();
    this.#admission?.end();
    return true;
  }

  #begin(): void {
    this.#at = 0;
    this.#fault = undefined;
    const admission = new ParameterAdmission(this.expected, this.maxAbs, this.bounds);
    this.#admission = admission;
    this.#feed = new ParameterFeed(this.size, this.bounds.slice, {
      parameter: (name, shape) => admission.parameter(name, shape),
      values: (values) => admission.values(values),
    });
  }
}
