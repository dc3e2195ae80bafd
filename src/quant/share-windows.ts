import { simpleAverage } from './moving-average.ts';
import { windowMaxima, windowMinima, windowSums } from './window.ts';

type OfWindows = (values: Float64Array, length: number) => Float64Array;

/** Windows over the columns of one chart: indicators ask for the same ones. A column that they answer is shared, so nobody writes into it. */
export interface Windows {
  readonly sums: OfWindows;
  readonly means: OfWindows;
  readonly maxima: OfWindows;
  readonly minima: OfWindows;
}

/** Each is computed when it is first asked for, and once per column and length. */
export function shareWindows(): Windows {
  return {
    sums: once(windowSums),
    means: once(simpleAverage),
    maxima: once(windowMaxima),
    minima: once(windowMinima),
  };
}

function once(compute: OfWindows): OfWindows {
  const known: { readonly values: Float64Array; readonly length: number; readonly line: Float64Array }[] = [];
  return (values, length) => {
    const found = known.find((one) => one.values === values && one.length === length);
    if (found !== undefined) return found.line;
    const line = compute(values, length);
    known.push({ values, length, line });
    return line;
  };
}
