import type { IChartApi, MouseEventParams } from 'lightweight-charts';
import { fixed, percent, price, short, toneOf } from '../../format/numbers.ts';
import { day } from '../../format/time.ts';
import type { NamedLine } from './add-series.ts';
import type { ChartSeries } from './price-chart.tsx';

function item(label: string, value: string, colour?: string, tone = ''): HTMLElement {
  const element = document.createElement('span');
  element.className = `nowrap ${tone}`;
  const name = document.createElement('span');
  name.className = 'dim';
  name.textContent = `${label} `;
  if (colour !== undefined) name.style.color = colour;
  element.append(name, value);
  return element;
}

/**
 * Shows the values of the bar under the crosshair, otherwise those of the last bar. It writes into the page itself: the crosshair moves with every
 * movement of the mouse, and nothing else of the page changes then.
 */
export function followLegend(
  chart: IChartApi,
  lines: readonly NamedLine[],
  series: ChartSeries,
  tick: string | null,
): () => void {
  const places = new Map(series.dates.map((date, i) => [date, i]));
  const show = (i: number) => {
    const legend = document.getElementById('chart-legend');
    if (legend === null || series.dates[i] === undefined) return;
    const close = series.close[i] ?? 0;
    const before = series.close[i - 1];
    const change = before === undefined ? null : (close / before - 1) * 100;
    const values = lines.map(({ name, colour, series: line }) => {
      const point = line.dataByIndex(i) as { value?: number } | null;
      return item(name, fixed(point?.value), colour);
    });
    legend.replaceChildren(
      item('', day(series.dates[i])),
      item('O', price(series.open[i], tick)),
      item('H', price(series.high[i], tick)),
      item('L', price(series.low[i], tick)),
      item('C', price(close, tick)),
      item('', percent(change), undefined, toneOf(change)),
      item('Vol', short(series.volume[i])),
      ...values,
    );
  };
  const onMove = ({ time }: MouseEventParams) =>
    show(places.get(String(time ?? '')) ?? series.dates.length - 1);
  chart.subscribeCrosshairMove(onMove);
  show(series.dates.length - 1);
  return () => chart.unsubscribeCrosshairMove(onMove);
}
