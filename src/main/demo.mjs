import { launch } from './launch.mjs';

void launch('./demo.ts');
