// Makes an empty database in the folder that is named as the argument. Run as a process of its own: making one takes
// 800 MiB of memory that a coordinator would keep for as long as it lives.
import { PGlite } from "@electric-sql/pglite";

const folder = process.argv[2];
const database = await PGlite.create(folder);
// A kill makes PostgreSQL sync every file it has before it serves again. Two thirds of them are the templates of other
// databases, and this folder never gets another one.
for (const template of ["template0", "template1"]) {
  await database.exec(`update pg_database set datistemplate = false where datname = '${template}'`);
  await database.exec(`drop database ${template}`);
}
await database.close();
