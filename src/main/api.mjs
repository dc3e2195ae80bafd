import { launch } from './launch.mjs';

void launch('./api.ts', { isServer: true });
