// Compiles assembly/add-scaled.ts to WebAssembly, as text in src/gen: rules do no I/O, so they can't read a file.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const { error, stderr, binary } = await compile();
if (error) throw new Error(`AssemblyScript: ${error.message}\n${stderr}`);
mkdirSync(at("src/gen"), { recursive: true });
const text = Buffer.from(binary).toString("base64");
writeFileSync(at("src/gen/add-scaled.ts"), `/** WebAssembly, base64. */\nexport const addScaledWasm =\n  "${text}";\n`);

/** @returns {Promise<{ error: Error | null, stderr: string, binary: Uint8Array }>} */
async function compile() {
  let binary = new Uint8Array();
  const { error, stderr } = await asc.main(
    ["add-scaled.ts", "-O3", "--runtime", "stub", "--importMemory", "--noAssert", "--enable", "simd"].concat([
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
