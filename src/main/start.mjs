import { launch } from './launch.mjs';

void launch('./start.ts', { isServer: true });
