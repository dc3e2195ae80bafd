import {
  CandlestickSeries,
  createSeriesMarkers,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  LineSeries,
  LineStyle,
  type LineWidth,
  type Time,
} from 'lightweight-charts';
import { decimalsOf } from '../../format/numbers.ts';
import { indicatorName, verdictTone, verdictWord } from '../../format/words.ts';
import { ON_PRICE } from '../chosen-lines.ts';
import type { Colours } from './colours.ts';
import { planZones } from './plan-zones.ts';
import type { ChartPlan, ChartSeries, VerdictMark } from './price-chart.tsx';

/** A line with the name under which the legend shows its value. */
export interface NamedLine {
  readonly name: string;
  readonly colour: string;
  readonly series: ISeriesApi<'Line'> | ISeriesApi<'Histogram'>;
}

export function addCandles(chart: IChartApi, series: ChartSeries, tick: string | null, colours: Colours) {
  const precision = decimalsOf(tick);
  const candles = chart.addSeries(CandlestickSeries, {
    upColor: colours.up,
    borderUpColor: colours.up,
    wickUpColor: colours.up,
    // Hollow or filled says the direction, too: colours alone do not.
    downColor: colours.down,
    borderDownColor: colours.down,
    wickDownColor: colours.down,
    priceFormat: { type: 'price', precision, minMove: 10 ** -precision },
  });
  const { dates, open, high, low, close, volume } = series;
  candles.setData(
    dates.map((time, i) => ({
      time,
      open: open[i] ?? 0,
      high: high[i] ?? 0,
      low: low[i] ?? 0,
      close: close[i] ?? 0,
    })),
  );
  const bars = chart.addSeries(HistogramSeries, {
    priceScaleId: 'volume',
    priceFormat: { type: 'volume' },
    lastValueVisible: false,
    priceLineVisible: false,
  });
  bars.priceScale().applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
  bars.setData(
    dates.map((time, i) => ({
      time,
      value: volume[i] ?? 0,
      color: (close[i] ?? 0) >= (open[i] ?? 0) ? colours.volumeUp : colours.volumeDown,
    })),
  );
  return candles;
}

export function addPlan(
  chart: IChartApi,
  candles: ISeriesApi<'Candlestick'>,
  plan: ChartPlan,
  start: Time,
  colours: Colours,
): void {
  const [entry, stop, target] = [Number(plan.entry), Number(plan.stop), Number(plan.target)];
  const lines = [
    ['Target', target, colours.up, LineStyle.Solid],
    ['Entry', entry, colours.accent, LineStyle.Dashed],
    ['Stop', stop, colours.down, LineStyle.Solid],
  ] as const;
  // The entry is the last close: one label is enough.
  candles.applyOptions({ lastValueVisible: false, priceLineVisible: false });
  for (const [title, price, color, lineStyle] of lines)
    candles.createPriceLine({
      title,
      price,
      color,
      lineStyle,
      lineWidth: 1 as LineWidth,
      axisLabelVisible: true,
    });
  candles.attachPrimitive(
    planZones(chart, candles, start, [
      { from: entry, to: target, colour: colours.upZone },
      { from: stop, to: entry, colour: colours.downZone },
    ]),
  );
}

/** The lines of indicators: on the prices where they are prices, otherwise in panes below. */
export function addLines(chart: IChartApi, series: ChartSeries, colours: Colours): NamedLine[] {
  let pane = 0;
  let n = 0;
  return series.indicators.flatMap(({ indicator, display, lines }) => {
    const onPrice = ON_PRICE.has(indicator);
    if (!onPrice) pane += 1;
    const shown = lines.filter(({ name }) => !onPrice || !/pct|percent|trend/i.test(name));
    return shown.map(({ name, values }) => {
      const colour = colours.lines[n % colours.lines.length] ?? colours.accent;
      n += 1;
      if (name === 'histogram') {
        const bars = chart.addSeries(
          HistogramSeries,
          { color: colours.volumeUp, lastValueVisible: false, priceLineVisible: false },
          pane,
        );
        bars.setData(
          series.dates.map((time, i) => {
            const value = values[i];
            const color = (value ?? 0) < 0 ? colours.volumeDown : colours.volumeUp;
            return value == null ? { time } : { time, value, color };
          }),
        );
        return { name: `${indicatorName(indicator)} ${name}`, colour: colours.dim, series: bars };
      }
      const line = chart.addSeries(
        LineSeries,
        {
          color: colour,
          lineWidth: (name === display ? 2 : 1) as LineWidth,
          lastValueVisible: false,
          priceLineVisible: false,
          crosshairMarkerVisible: false,
          ...(indicator === 'PSAR' && {
            lineVisible: false,
            pointMarkersVisible: true,
            pointMarkersRadius: 1.5,
          }),
        },
        onPrice ? 0 : pane,
      );
      line.setData(
        series.dates.map((time, i) => {
          const value = values[i];
          return value == null ? { time } : { time, value };
        }),
      );
      return {
        name: lines.length === 1 ? indicatorName(indicator) : `${indicatorName(indicator)} ${name}`,
        colour,
        series: line,
      };
    });
  });
}

const WORDED_MARKS = 5;

export function addMarks(
  candles: ISeriesApi<'Candlestick'>,
  marks: readonly VerdictMark[],
  dates: readonly string[],
  colours: Colours,
): void {
  const [first = '', last = ''] = [dates[0], dates.at(-1)];
  const shown = marks.filter(({ date }) => date >= first && date <= last);
  createSeriesMarkers(
    candles,
    shown.map(({ date, verdict }) => {
      const tone = verdictTone(verdict);
      return {
        time: date,
        position: tone === 'down' ? ('aboveBar' as const) : ('belowBar' as const),
        shape:
          tone === '' ? ('circle' as const) : tone === 'up' ? ('arrowUp' as const) : ('arrowDown' as const),
        color: tone === '' ? colours.dim : colours[tone],
        // Words of marks that are close to each other would cover each other.
        ...(shown.length <= WORDED_MARKS && { text: verdictWord(verdict) }),
      };
    }),
  );
}
