import type { ReactNode } from "react";

/** Something is on its way. */
export const Loading = ({ what }: { readonly what: string }) => (
  <p className="state" role="status">
    <span className="spinner" aria-hidden="true" /> Loading {what} …
  </p>
);

/** There is nothing, and what to do about it. */
export const Empty = ({ title, children }: { readonly title: string; readonly children?: ReactNode }) => (
  <div className="state empty">
    <strong>{title}</strong>
    {children}
  </div>
);

/** Something went wrong. */
export const Problem = ({ children }: { readonly children: ReactNode }) => (
  <div className="problem" role="alert">
    {children}
  </div>
);

/** A state in a word, with a colour. */
export const Badge = ({ kind, children }: { readonly kind: string; readonly children: ReactNode }) => (
  <span className={`badge is-${kind}`}>{children}</span>
);

/** How much of something is done, 0 to 1. */
export const Meter = ({ value, label }: { readonly value: number; readonly label: string }) => (
  <progress className="meter" max={1} value={Number.isFinite(value) ? value : 0} aria-label={label} />
);

/** A table that scrolls sideways by itself where it is too wide, also with the keyboard. */
export const Table = ({ label, children }: { readonly label: string; readonly children: ReactNode }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
  <section className="scroll" aria-label={label} tabIndex={0}>
    <table aria-label={label}>{children}</table>
  </section>
);
