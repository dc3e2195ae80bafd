import { fileURLToPath } from 'node:url';
import { launch } from './launch.mjs';

// For the server, which inherits them. A change need not wait for jobs and connections of the version before.
if (process.env.SHUTDOWN_DRAIN_MS === undefined) process.env.SHUTDOWN_DRAIN_MS = '0';
// Compiled sources are kept: compiling them is most of the time of a start.
if (process.env.NODE_COMPILE_CACHE === undefined)
  process.env.NODE_COMPILE_CACHE = fileURLToPath(new URL('../../.cache/compiled', import.meta.url));

void launch('./dev.ts');
