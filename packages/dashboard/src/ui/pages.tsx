import { type ReactNode, useState } from "react";
import { count } from "../data/format.js";

/** A page of a long list. */
export interface Page<Row> {
  readonly shown: readonly Row[];
  /** Where it stands in the list, counted from 0. */
  readonly first: number;
  /** Rows of the whole list. */
  readonly of: number;
  /** Goes some pages on, or back. */
  readonly turn: (pages: number) => void;
  readonly toFirst: () => void;
}

/** @param size rows of a page */
export function usePage<Row>(rows: readonly Row[], size: number): Page<Row> {
  const [chosen, setChosen] = useState(0);
  const last = Math.max(0, Math.ceil(rows.length / size) - 1);
  // A list may have become shorter.
  const page = Math.min(chosen, last);
  const first = page * size;
  const shown = rows.slice(first, first + size);
  return { shown, first, of: rows.length, turn: (pages) => setChosen(page + pages), toFirst: () => setChosen(0) };
}

/** Buttons for the pages before and after. Nothing where there is one page. @param what the rows, in the plural */
export function PageButtons({ page, what }: { readonly page: Page<unknown>; readonly what: string }) {
  const { shown, first, of, turn } = page;
  if (shown.length === of) return null;
  return (
    <nav className="row pages" aria-label={`Pages of ${what}`}>
      <button type="button" disabled={first === 0} onClick={() => turn(-1)}>
        Previous
      </button>
      <span role="status">
        {count(first + 1)} to {count(first + shown.length)} of {count(of)} {what}
      </span>
      <button type="button" disabled={first + shown.length === of} onClick={() => turn(1)}>
        Next
      </button>
    </nav>
  );
}

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
  const page = usePage(rows, size);
  return (
    <>
      {children(page.shown)}
      <PageButtons page={page} what={what} />
    </>
  );
}
