// Preloaded with NODE_OPTIONS=--import: suffers the faults of the queue in TRIBUTARY_FAULTS. Production code knows nothing of it.
import { subscribe } from "node:diagnostics_channel";
import { isMainThread } from "node:worker_threads";
import { type CrashPoint, channelOf, coordinatorPoints, workerPoints } from "@tributary/protocol";
import { parseFault } from "../crash/fault.js";
import { FaultQueue } from "../crash/fault-queue.js";

const file = process.env.TRIBUTARY_FAULTS;
if (file !== undefined && isMainThread) {
  const queue = new FaultQueue(file);
  let armed: string | undefined;
  let times = 0;
  const pass = (point: CrashPoint) => {
    const [next, ...later] = queue.read();
    if (next !== armed) {
      armed = next;
      times = 0;
    }
    if (armed === undefined) return;
    const fault = parseFault(armed);
    if (fault.point !== point) return;
    times += 1;
    if (times < fault.time) return;
    queue.write(later);
    process.kill(process.pid, fault.action === "kill" ? "SIGKILL" : "SIGSTOP");
  };
  for (const point of [...coordinatorPoints, ...workerPoints]) subscribe(channelOf(point), () => pass(point));
}
