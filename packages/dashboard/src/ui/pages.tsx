import { type ReactNode, useState } from "react";
import { count } from "../data/format.js";

interface PagesProps<Row> {
  readonly rows: readonly Row[];
  /** What they are, in the plural. */
  readonly what: string;
  /** Rows of a page. */
  readonly size?: number;
  readonly children: (shown: readonly Row[]) => ReactNode;
}

/** A long list in pages. A short one has no more than its rows. */
export function Pages<Row>({ rows, what, size = 50, children }: PagesProps<Row>) {
  const [chosen, setChosen] = useState(0);
  const last = Math.max(0, Math.ceil(rows.length / size) - 1);
  // A list may have become shorter.
  const page = Math.min(chosen, last);
  const first = page * size;
  const shown = rows.slice(first, first + size);
  return (
    <>
      {children(shown)}
      {last > 0 && (
        <nav className="row pages" aria-label={`Pages of ${what}`}>
          <button type="button" disabled={page === 0} onClick={() => setChosen(page - 1)}>
            Previous
          </button>
          <span role="status">
            {count(first + 1)} to {count(first + shown.length)} of {count(rows.length)} {what}
          </span>
          <button type="button" disabled={page === last} onClick={() => setChosen(page + 1)}>
            Next
          </button>
        </nav>
      )}
    </>
  );
}
