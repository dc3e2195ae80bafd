import { launch } from './launch.mjs';

void launch('./workspaces.ts');
