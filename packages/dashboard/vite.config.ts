import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** By the ending that the coordinator looks for. Browsers take Brotli over TLS and on their own machine only. */
const encodings = { br: promisify(brotliCompress), gz: promisify(gzip) } as const;

/** Each file as it travels, too: the coordinator sends what is there and compresses nothing itself. */
const compressed: Plugin = {
  name: "compressed",
  apply: "build",
  async writeBundle({ dir = "dist" }) {
    for (const name of await readdir(dir, { recursive: true })) {
      if (!/[.](js|css|wasm|html|svg)$/.test(name)) continue;
      const file = join(dir, name);
      const content = await readFile(file);
      for (const [ending, encode] of Object.entries(encodings))
        await writeFile(`${file}.${ending}`, await encode(content));
    }
  },
};

export default defineConfig({
  plugins: [react(), compressed],
  // Relative, so that a proxy may serve the page below a path of its own.
  base: "./",
  build: {
    target: "es2023",
    // Small files inline would need `data:` in the policy of content.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
