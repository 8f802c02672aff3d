import isInCi from "is-in-ci";

/**
 * Whether a person looks at a terminal that can show a whole screen; otherwise plain lines do. NO_COLOR asks for plain ones, as
 * no-color.org describes it.
 */
export const isInteractive = ({ plain, json }: { readonly plain?: boolean; readonly json?: boolean }): boolean =>
  !plain &&
  !json &&
  process.stdout.isTTY === true &&
  process.stdin.isTTY === true &&
  !isInCi &&
  !process.env.NO_COLOR &&
  process.env.TERM !== "dumb";
