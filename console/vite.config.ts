import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { precompress } from './precompress.ts';

/** The client's sources, so that the console is built without a build of the client before. */
const client = fileURLToPath(new URL('../packages/client/src/', import.meta.url));

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  resolve: {
    alias: [
      { find: /^thetool-client$/, replacement: `${client}main.ts` },
      { find: /^thetool-client\/react$/, replacement: `${client}react.ts` },
    ],
    // The client's hooks and the console use one copy.
    dedupe: ['react'],
  },
  build: {
    target: 'es2023',
    // Styles and pictures within the page would need a looser content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  plugins: [precompress],
  server: {
    proxy: { '/graphql': { target: 'http://127.0.0.1:4000', ws: true } },
  },
});
