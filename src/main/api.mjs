import { launch } from './launch.mjs';

await launch('./api.ts');
