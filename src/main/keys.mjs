import { launch } from './launch.mjs';

void launch('./keys.ts');
