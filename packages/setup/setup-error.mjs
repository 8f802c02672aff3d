/** What stopped the set-up, in one line, and what to do about it. Shown without a stack trace. */
export class SetupError extends Error {
  /**
   * @param {string} message one line: what failed
   * @param {string} [hint] one line: what to do
   */
  constructor(message, hint) {
    super(message);
    this.name = "SetupError";
    this.hint = hint;
  }
}

/**
 * @param {unknown} error
 * @returns {string} its message, first line only
 */
export function reasonOf(error) {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0] ?? "";
}
