import { type CrashPoint, coordinatorPoints, workerPoints } from "@tributary/protocol";

/** What happens to a process when it reaches a point for the `time`-th time: it is killed, or stopped as by SIGSTOP. */
export interface Fault {
  readonly action: "kill" | "stop";
  readonly point: CrashPoint;
  /** From 1. */
  readonly time: number;
}

const points: readonly string[] = [...coordinatorPoints, ...workerPoints];
const isPoint = (name: string): name is CrashPoint => points.includes(name);

/** Reads "kill@before-journal#3", or "kill@before-journal" for the first time. @throws RangeError */
export function parseFault(text: string): Fault {
  const [, action, point = "", time = "1"] = /^(kill|stop)@([a-z-]+)(?:#([1-9]\d*))?$/.exec(text) ?? [];
  if ((action !== "kill" && action !== "stop") || !isPoint(point)) throw new RangeError(`"${text}" is no fault`);
  return { action, point, time: Number(time) };
}
