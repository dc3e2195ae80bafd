import { newLine, windowMaxima, windowMinima, windowSums } from './window.ts';

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
  const sums = once(windowSums);
  const means = once((values, length) => {
    const ofSums = sums(values, length);
    const line = newLine(values.length, length - 1);
    for (let i = length - 1; i < line.length; i += 1) line[i] = ofSums[i] / length;
    return line;
  });
  return { sums, means, maxima: once(windowMaxima), minima: once(windowMinima) };
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
