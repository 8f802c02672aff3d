/** Text of others as a message may repeat it: on one line, and without what a terminal would obey. */
export const printable = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ");
