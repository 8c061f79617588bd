import { defineConfig } from "vite";

// `npm run dev` shows the sources beside a running service: HIGHMARK_API=127.0.0.1:8420 HIGHMARK_KEY=hmk_... npm run dev
const api = process.env["HIGHMARK_API"] ?? "127.0.0.1:8420";
const key = process.env["HIGHMARK_KEY"];

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: {
    host: "127.0.0.1",
    proxy: {
      "/api": {
        target: `http://${api}`,
        ws: true,
        changeOrigin: true,
        headers: { origin: `http://${api}`, ...(key ? { authorization: `Bearer ${key}` } : {}) },
      },
    },
  },
});
