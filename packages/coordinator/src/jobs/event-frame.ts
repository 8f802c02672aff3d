import type { JobNotice } from "@tributary/federation";

/** A notice as a server-sent event (WHATWG HTML, section 9.2). With a number of the journal, readers go on after it. */
export const frame = ({ type, data }: JobNotice, seq?: number): string =>
  `${seq === undefined ? "" : `id: ${seq}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
