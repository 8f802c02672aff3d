import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
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
