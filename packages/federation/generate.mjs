// Compiles what is in assembly to WebAssembly, as text in src/gen: rules do no I/O, so they can't read a file.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
mkdirSync(at("src/gen"), { recursive: true });
for (const [file, name] of [
  ["add-scaled", "addScaledWasm"],
  ["sort-rows", "sortRowsWasm"],
  ["within", "withinWasm"],
]) {
  const { error, stderr, binary } = await compile(`${file}.ts`);
  if (error) throw new Error(`AssemblyScript: ${error.message}\n${stderr}`);
  const text = Buffer.from(binary).toString("base64");
  writeFileSync(at(`src/gen/${file}.ts`), `/** WebAssembly, base64. */\nexport const ${name} =\n  "${text}";\n`);
}

/**
 * @param {string} file
 * @returns {Promise<{ error: Error | null, stderr: string, binary: Uint8Array }>}
 */
async function compile(file) {
  let binary = new Uint8Array();
  const { error, stderr } = await asc.main(
    [file, "-O3", "--runtime", "stub", "--importMemory", "--noAssert", "--enable", "simd"].concat([
      "--maximumMemory",
      "65536",
      "--initialMemory",
      "1",
      "--outFile",
      "out.wasm",
      "--baseDir",
      at("assembly"),
    ]),
    {
      writeFile(name, content) {
        if (name.endsWith(".wasm")) binary = content;
      },
    },
  );
  return { error, stderr: stderr.toString(), binary };
}
