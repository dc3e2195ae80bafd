import { ColorType, CrosshairMode, createChart, type IChartApi } from 'lightweight-charts';
import { useEffect, useRef, useState } from 'react';
import { useTheme } from '../../frame/theme.ts';
import { ON_PRICE } from '../chosen-lines.ts';
import { RANGES, type Range } from '../range-buttons.tsx';
import { text } from '../result.text.ts';
import { addCandles, addLines, addMarks, addPlan } from './add-series.ts';
import { type Colours, readColours } from './colours.ts';
import { copyPicture } from './copy-picture.ts';
import { followLegend } from './legend.ts';

export interface ChartSeries {
  readonly dates: readonly string[];
  readonly open: readonly number[];
  readonly high: readonly number[];
  readonly low: readonly number[];
  readonly close: readonly number[];
  readonly volume: readonly number[];
  readonly indicators: readonly {
    readonly indicator: string;
    readonly display: string;
    readonly lines: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
  }[];
}

export interface ChartPlan {
  readonly entry: string;
  readonly stop: string;
  readonly target: string;
}

export interface VerdictMark {
  readonly date: string;
  readonly verdict: string;
}

interface Props {
  readonly series: ChartSeries;
  readonly plan: ChartPlan | null;
  readonly tick: string | null;
  readonly range: Range;
  readonly marks: readonly VerdictMark[];
  readonly name: string;
}

const PANE = 96;
const PRICES = 380;
/** Bars of room at the right, in which the plan is shown. */
const AHEAD = 18;

function create(element: HTMLElement, colours: Colours): IChartApi {
  return createChart(element, {
    autoSize: true,
    layout: {
      background: { type: ColorType.Solid, color: colours.ground },
      textColor: colours.ink,
      fontSize: 11,
      fontFamily: getComputedStyle(document.body).fontFamily,
      // The notice that its licence asks for is below the chart: the library's own comes with a style element.
      attributionLogo: false,
      panes: { separatorColor: colours.line, enableResize: true },
    },
    grid: { vertLines: { color: colours.line }, horzLines: { color: colours.line } },
    crosshair: { mode: CrosshairMode.Magnet },
    rightPriceScale: { borderVisible: false },
    timeScale: { borderVisible: false, rightOffset: AHEAD },
  });
}

export function PriceChart({ series, plan, tick, range, marks, name }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<IChartApi>(null);
  const theme = useTheme();
  const [copied, setCopied] = useState(false);
  const marksText = JSON.stringify(marks);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours change with the theme, and `marks` is a new list at every render
  useEffect(() => {
    if (element.current === null) return;
    const colours = readColours();
    const created = create(element.current, colours);
    chart.current = created;
    const candles = addCandles(created, series, tick, colours);
    const start = series.dates.at(-1);
    if (plan !== null && start !== undefined) addPlan(created, candles, plan, start, colours);
    const lines = addLines(created, series, colours);
    addMarks(candles, JSON.parse(marksText) as VerdictMark[], series.dates, colours);
    created.panes().forEach((pane, i) => {
      pane.setStretchFactor(i === 0 ? PRICES : PANE);
    });
    const stop = followLegend(created, lines, series, tick);
    show(created, series.dates.length, range);
    return () => {
      stop();
      chart.current = null;
      created.remove();
    };
  }, [series, plan, tick, marksText, theme]);

  useEffect(() => {
    if (chart.current !== null) show(chart.current, series.dates.length, range);
  }, [range, series]);

  const panes = series.indicators.filter(({ indicator }) => !ON_PRICE.has(indicator)).length;
  const copy = async () => {
    if (chart.current === null) return;
    await copyPicture(chart.current.takeScreenshot(), `${name}.png`);
    setCopied(true);
    setTimeout(() => setCopied(false), 1_500);
  };
  return (
    <figure>
      <div
        ref={element}
        className="chart"
        style={{ height: PRICES + panes * PANE }}
        role="img"
        aria-label={text.chart.label}
      />
      <figcaption className="row spread chart-foot small dim">
        <a href="https://www.tradingview.com/" rel="noreferrer" className="dim">
          {text.chart.credit}
        </a>
        <button type="button" className="button" data-kind="plain" data-size="small" onClick={copy}>
          {copied ? text.chart.copied : text.chart.png}
        </button>
      </figcaption>
    </figure>
  );
}

function show(chart: IChartApi, bars: number, range: Range): void {
  chart
    .timeScale()
    .setVisibleLogicalRange({ from: Math.max(0, bars - RANGES[range]) - 0.5, to: bars + AHEAD });
}
