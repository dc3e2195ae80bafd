// Runs after `npm ci` (the root's script `prepare`). An installation without development dependencies has no bundler: it uses the folder
// console/dist as it is, and the server says at its start when the folder is missing.
try {
  import.meta.resolve('vite');
  import.meta.resolve('react-dom/client');
} catch {
  process.exit(0);
}
// A run of tests sets another value, with which React would be larger and slower.
process.env.NODE_ENV = 'production';
const { build } = await import('vite');
await build({ configFile: new URL('vite.config.ts', import.meta.url).pathname, logLevel: 'warn' });
