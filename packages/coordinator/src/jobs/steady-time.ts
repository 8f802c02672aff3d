/**
 * Time that goes on evenly, ms since 1970: the wall clock's at the start of the process, and what passed since. Somebody who sets
 * the clock does not move it; only a restart sees the clock again.
 */
export const steadyTime = (): number => Math.round(performance.timeOrigin + performance.now());
