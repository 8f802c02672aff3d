// Preloaded with NODE_OPTIONS=--import: keeps in the folder TRIBUTARY_DURABLE what was synced, as it was before the sync. Linux alone
// tells which file a descriptor is.
import fs from "node:fs";
import { open } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { isMainThread } from "node:worker_threads";
import { Durable } from "../power/durable.js";

const folder = process.env.TRIBUTARY_DURABLE;
if (folder !== undefined && isMainThread) {
  const durable = new Durable(folder);
  const take = (fd: number) => durable.take(`/proc/self/fd/${fd}`);

  for (const name of ["fsyncSync", "fdatasyncSync"] as const) {
    const sync = fs[name];
    fs[name] = (fd) => {
      const keep = take(fd);
      sync(fd);
      keep();
    };
  }
  for (const name of ["fsync", "fdatasync"] as const) {
    const sync = fs[name];
    const keeping = (fd: number, done: fs.NoParamCallback) => {
      const keep = take(fd);
      sync(fd, (error) => {
        if (error === null) keep();
        done(error);
      });
    };
    fs[name] = Object.assign(keeping, { __promisify__: sync.__promisify__ });
  }
  const file = await open("/dev/null");
  const prototype = Object.getPrototypeOf(file);
  await file.close();
  for (const name of ["sync", "datasync"] as const) {
    const sync = prototype[name];
    prototype[name] = async function (this: fs.promises.FileHandle) {
      const keep = take(this.fd);
      await sync.call(this);
      keep();
    };
  }
  syncBuiltinESMExports();
}
