import { columns } from './chart-data.js';
import { clock, number, unitPerStep } from './format.js';

const HEIGHT = 340;
const HEIGHT_ON_PHONE = 260;
const PHONE_WIDTH = 520;
const HOUR_S = 3600;
const DAY_S = 86400;
const YEAR_S = 365 * DAY_S;

/** A colour of the page's theme, as it is now. */
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Axis labels from the finest to the coarsest; the second line is said only when it changes. */
const TIME_LABELS = [
  [YEAR_S, '{YYYY}', null, null, null, null, null, null, 1],
  [28 * DAY_S, '{MMM}', '\n{YYYY}', null, null, null, null, null, 1],
  [DAY_S, '{D} {MMM}', '\n{YYYY}', null, null, null, null, null, 1],
  [HOUR_S, '{HH}:{mm}', '\n{D} {MMM}', null, '\n{D} {MMM}', null, null, null, 1],
  [60, '{HH}:{mm}', '\n{D} {MMM}', null, '\n{D} {MMM}', null, null, null, 1],
];

const FORECAST_LINES = [
  line('Forecast (P50)', '--forecast', 2),
  line('Low (P10)', '--band-edge', 1),
  line('High (P90)', '--band-edge', 1),
];

/** A chart of history and forecast with its P10–P90 band, in the meter's time zone. */
export class ConsumptionChart {
  /**
   * @param {HTMLElement} container
   * @param {{unit: string, timezone: string}} meter
   * @param {number} step seconds between readings
   */
  constructor(container, meter, step) {
    this.container = container;
    this.meter = meter;
    this.step = step;
    this.plot = null;
    this.origin = null;
    this.scheme = matchMedia('(prefers-color-scheme: dark)');
    // Drawn anew, not just repainted: uPlot colours its legend once.
    this.repaint = () => this.plot && this.draw(this.history, this.points);
    this.scheme.addEventListener('change', this.repaint);
    this.sizes = new ResizeObserver(() => this.plot?.setSize(this.size()));
    this.sizes.observe(container);
  }

  /** Draw the readings, and the points of a forecast where there are some. */
  draw(history, points = []) {
    this.history = history;
    this.points = points;
    this.origin = points.length ? Date.parse(points[0].time) / 1000 : null;
    const options = this.options(points.length > 0);
    const data = columns(history, points, this.step).slice(0, options.series.length);
    this.plot?.destroy();
    this.plot = new window.uPlot(options, data, this.container);
  }

  close() {
    this.scheme.removeEventListener('change', this.repaint);
    this.sizes.disconnect();
    this.plot?.destroy();
    this.plot = null;
  }

  size() {
    const width = Math.max(280, this.container.clientWidth);
    return { width, height: width < PHONE_WIDTH ? HEIGHT_ON_PHONE : HEIGHT };
  }

  options(hasForecast) {
    const { timezone, unit } = this.meter;
    const when = clock(timezone);
    return {
      ...this.size(),
      tzDate: (time) => window.uPlot.tzDate(new Date(time * 1000), timezone),
      legend: { live: true },
      cursor: { y: false, points: { size: 7 }, drag: { x: true, y: false } },
      series: [
        { label: 'Time', value: (_, time) => (time == null ? '–' : when.weekdayMoment(time * 1000)) },
        line('Measured', '--measured', 1.5),
        ...(hasForecast ? FORECAST_LINES : []),
      ],
      bands: hasForecast ? [{ series: [4, 3], fill: colour('--band') }] : [],
      axes: [
        axis({ space: 70, values: TIME_LABELS }),
        axis({
          label: unitPerStep(unit, this.step),
          labelSize: 22,
          size: (plot, labels) => 18 + 7.5 * Math.max(3, ...(labels ?? []).map((text) => text.length)),
          values: (_, splits) => splits.map((value) => number(value)),
        }),
      ],
      hooks: { drawClear: [(plot) => this.markOrigin(plot)] },
    };
  }

  /** A dashed line where the readings end and the forecast begins. */
  markOrigin(plot) {
    if (this.origin == null) return;
    const x = Math.round(plot.valToPos(this.origin, 'x', true));
    const { ctx, bbox } = plot;
    if (x < bbox.left || x > bbox.left + bbox.width) return;
    ctx.save();
    ctx.strokeStyle = colour('--text-soft');
    ctx.setLineDash([4, 4]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  }
}

function line(label, colourName, width) {
  return {
    label,
    width,
    stroke: () => colour(colourName),
    points: { show: false },
    value: (_, value) => number(value),
  };
}

function axis(options) {
  return {
    stroke: () => colour('--text-soft'),
    grid: { stroke: () => colour('--grid'), width: 1 },
    ticks: { stroke: () => colour('--grid'), width: 1 },
    font: '12px system-ui, sans-serif',
    labelFont: '12px system-ui, sans-serif',
    ...options,
  };
}
