import { launch } from './launch.mjs';

void launch('./dev-server.ts');
