import { launch } from './launch.mjs';

void launch('./migrate.ts');
