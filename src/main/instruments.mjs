import { launch } from './launch.mjs';

void launch('./instruments.ts');
