import { launch } from './launch.mjs';

void launch('./candles.ts');
