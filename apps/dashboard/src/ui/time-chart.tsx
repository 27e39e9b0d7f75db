import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { theme } from './theme.js';

export interface Line {
  readonly name: string;
  /** A custom property of the style sheet. */
  readonly color: string;
  readonly fill?: boolean;
}

interface Props {
  label: string;
  lines: readonly Line[];
  /** Seconds since 1970, and for each line its values. */
  data: readonly (readonly (number | null)[])[];
  format: (value: number) => string;
}

const HEIGHT = 168;
const DAY_SECONDS = 86_400;
/** What a chart that has only begun shows. */
const FEWEST_SECONDS = 60;
const FONT = '11px ui-sans-serif, system-ui, sans-serif';

export function TimeChart({ label, lines, data, format }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const colors = theme.value;
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    plot.current = new uPlot(optionsOf(element, lines, format), data as uPlot.AlignedData, element);
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
    // what changes each second goes in below; colours are those of a canvas, which takes no properties
  }, [lines, format, colors]);
  useEffect(() => {
    const times = data[0] ?? [];
    const last = times.at(-1);
    if (!plot.current || typeof last !== 'number') return;
    plot.current.setData(data as uPlot.AlignedData, false);
    plot.current.setScale('x', { min: Math.min(times[0] ?? last, last - FEWEST_SECONDS), max: last });
  }, [data, lines, format, colors]);
  return (
    <figure class="chart">
      <figcaption>
        <span>{label}</span>
        <span class="legend">
          {lines.map(({ name, color }, index) => (
            <span key={name} class="legend-entry">
              <span class="legend-mark" style={{ background: `var(${color})` }} />
              {name} <b>{latest(data[index + 1], format)}</b>
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={box} class="chart-box" role="img" aria-label={`${label} over the last minutes`} />
    </figure>
  );
}

function latest(values: readonly (number | null)[] | undefined, format: (value: number) => string): string {
  const value = values?.at(-1);
  return value === null || value === undefined ? '–' : format(value);
}

function optionsOf(element: HTMLElement, lines: readonly Line[], format: Props['format']): uPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(name);
  const axis = {
    stroke: color('--muted'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
    font: FONT,
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [6, 22, 0, 0],
    scales: {
      y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.15 : 1] },
    },
    axes: [
      { ...axis, values: clocks, space: 90, size: 26 },
      { ...axis, values: (_plot, ticks) => ticks.map(format), size: 62 },
    ],
    series: [
      {},
      ...lines.map(({ name, color: property, fill }) => ({
        label: name,
        stroke: color(property),
        width: 1.5,
        points: { show: false },
        ...(fill && { fill: color(`${property}-soft`) }),
      })),
    ],
  };
}

/** Ticks that are days apart need no clock. */
function clocks(_plot: uPlot, ticks: number[]): string[] {
  const [first = 0, second = first] = ticks;
  const apart = second - first;
  return ticks.map((seconds) => {
    const date = new Date(seconds * 1_000);
    if (apart >= DAY_SECONDS) return `${date.getDate()}.${date.getMonth() + 1}.`;
    return date.toTimeString().slice(0, apart >= 60 ? 5 : 8);
  });
}
