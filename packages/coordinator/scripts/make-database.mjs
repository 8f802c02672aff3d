// Makes an empty database in the folder that is named as the argument. Run as a process of its own: making one takes
// 800 MiB of memory that a coordinator would keep for as long as it lives.
import { PGlite } from "@electric-sql/pglite";

const folder = process.argv[2];
const database = await PGlite.create(folder);
await database.close();
