import { launch } from './launch.mjs';

void launch('./members.ts');
