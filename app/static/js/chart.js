import { columns } from './chart-data.js';
import { axis, colour, line, PHONE_WIDTH, TIME_LABELS, valueAxis, widthOf, zoned } from './chart-style.js';
import { clock, isDaily, number, unitPerStep } from './format.js';

const HEIGHT = 340;
const HEIGHT_ON_PHONE = 260;
/** Share of the range shown by which an arrow key moves, and a plus or minus key zooms. */
const PAN = 0.25;
const ZOOM = 0.6;

const FORECAST = [
  line('Forecast (P50)', '--forecast', 2),
  line('Low (P10)', '--band-edge', 1),
  line('High (P90)', '--band-edge', 1),
];
const ISSUED = [
  line('As forecast (P50)', '--issued', 1.5, [5, 3]),
  line('its P10', '--issued-edge', 1),
  line('its P90', '--issued-edge', 1),
];

/** A chart of readings and forecasts with their P10–P90 bands, in the meter's time zone. */
export class ConsumptionChart {
  /**
   * @param {HTMLElement} container
   * @param {{unit: string, timezone: string}} meter
   * @param {number} step seconds between readings
   * @param {{onRange?: (start: number, end: number) => void}} options told of the seconds shown
   */
  constructor(container, meter, step, { onRange = () => {} } = {}) {
    this.container = container;
    this.meter = meter;
    this.step = step;
    this.onRange = onRange;
    this.local = zoned(meter.timezone);
    const when = clock(meter.timezone);
    this.moment = isDaily(step) ? when.weekday : when.weekdayMoment;
    this.plot = null;
    this.origin = null;
    this.marks = [];
    this.scheme = matchMedia('(prefers-color-scheme: dark)');
    // Drawn anew, not just repainted: uPlot colours its legend once.
    this.repaint = () => this.plot && this.draw(this.history, this.points, this.issued);
    this.scheme.addEventListener('change', this.repaint);
    this.sizes = new ResizeObserver(() => this.plot?.setSize(this.size()));
    this.sizes.observe(container);
    container.addEventListener('keydown', (event) => this.key(event));
  }

  /** Draw the readings, the points of a forecast, and those of forecasts of what has passed. */
  draw(history, points = [], issued = []) {
    Object.assign(this, { history, points, issued });
    this.origin = points.length ? Date.parse(points[0].time) / 1000 : null;
    const options = this.options(points.length > 0, issued.length > 0);
    const data = columns(history, points, this.step, issued).slice(0, options.series.length);
    this.plot?.destroy();
    this.plot = new window.uPlot(options, data, this.container);
  }

  /** @param {{start: number, end: number, colour: string}[]} marks stretches to shade, seconds */
  mark(marks) {
    this.marks = marks;
    this.plot?.redraw(false);
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

  options(hasForecast, hasIssued) {
    const size = this.size();
    const band = (at, name) => ({ series: [at + 2, at + 1], fill: colour(name) });
    return {
      ...size,
      tzDate: this.local,
      legend: { live: true },
      cursor: {
        y: false, points: { size: 7 }, drag: { x: true, y: false }, sync: { key: 'meter' },
      },
      series: [
        { label: 'Time', value: (_, time) => (time == null ? '–' : this.moment(time * 1000)) },
        line('Measured', '--measured', widthOf(this.history.times.length, size.width, 1.5)),
        ...(hasForecast || hasIssued ? FORECAST : []),
        ...(hasIssued ? ISSUED : []),
      ],
      bands: [
        ...(hasForecast ? [band(2, '--band')] : []),
        ...(hasIssued ? [band(5, '--issued-band')] : []),
      ],
      axes: [
        axis({ space: 70, values: TIME_LABELS }),
        axis({
          label: unitPerStep(this.meter.unit, this.step),
          ...valueAxis(size.width),
          values: (_, splits) => splits.map((value) => number(value)),
        }),
      ],
      hooks: {
        drawClear: [(plot) => this.shade(plot), (plot) => this.markOrigin(plot)],
        setScale: [(plot, scale) => {
          if (scale === 'x') this.onRange(plot.scales.x.min, plot.scales.x.max);
        }],
      },
    };
  }

  /** Shade holidays and what training leaves out, beneath everything else. */
  shade({ ctx, bbox, valToPos }) {
    ctx.save();
    for (const { start, end, colour: name } of this.marks) {
      const from = Math.max(bbox.left, valToPos(start, 'x', true));
      const until = Math.min(bbox.left + bbox.width, valToPos(end, 'x', true));
      if (until <= from) continue;
      ctx.fillStyle = colour(name);
      ctx.fillRect(from, bbox.top, Math.max(1, until - from), bbox.height);
    }
    ctx.restore();
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

  key(event) {
    if (this.move(event.key)) event.preventDefault();
  }

  /**
   * Arrows move, plus and minus zoom, 0 shows all: what the mouse does by dragging.
   *
   * @param {string} key
   * @returns {boolean} whether it is one of these
   */
  move(key) {
    if (!this.plot) return false;
    const times = this.plot.data[0];
    const { min, max } = this.plot.scales.x;
    const middle = (min + max) / 2;
    const half = (max - min) / 2;
    const shown = {
      ArrowLeft: [min - PAN * half, max - PAN * half],
      ArrowRight: [min + PAN * half, max + PAN * half],
      '+': [middle - ZOOM * half, middle + ZOOM * half],
      '-': [middle - half / ZOOM, middle + half / ZOOM],
      0: [times[0], times.at(-1)],
    }[key];
    if (!shown) return false;
    const [from, until] = [Math.max(shown[0], times[0]), Math.min(shown[1], times.at(-1))];
    if (until > from) this.plot.setScale('x', { min: from, max: until });
    return true;
  }
}
