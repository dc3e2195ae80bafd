import { launch } from './launch.mjs';

void launch('./worker.ts', { isServer: true });
