import { axis, line, TIME_LABELS, valueAxis, widthOf, zoned } from './chart-style.js';
import { clock, number } from './format.js';

const HEIGHT = 120;
/** Pixels between labels of the value axis: a low chart shall have more than one. */
const LABEL_SPACE = 20;

/** Name and unit of each variable; one that is not listed is shown by its own name. */
const VARIABLES = {
  temperature: ['Temperature', '°C'],
  apparent_temperature: ['Feels like', '°C'],
  humidity: ['Humidity', '%'],
  precipitation: ['Precipitation', 'mm'],
  wind_speed: ['Wind', 'm/s'],
  solar_radiation: ['Solar radiation', 'W/m²'],
};

/** Temperature moves consumption most: the table's order is that of the choice. */
const rank = (name) => (name in VARIABLES ? Object.keys(VARIABLES).indexOf(name) : Infinity);
const words = (name) => VARIABLES[name] ?? [name.replaceAll('_', ' '), ''];

/** The weather beneath the consumption: same time axis, same cursor. */
export class WeatherChart {
  constructor(container, select, timezone) {
    this.container = container;
    this.select = select;
    this.local = zoned(timezone);
    this.when = clock(timezone);
    this.plot = null;
    this.range = null;
    this.scheme = matchMedia('(prefers-color-scheme: dark)');
    this.redraw = () => this.weather && this.draw();
    this.scheme.addEventListener('change', this.redraw);
    select.addEventListener('change', this.redraw);
    this.sizes = new ResizeObserver(() => this.plot?.setSize(this.size()));
    this.sizes.observe(container);
  }

  /** @param {{times: string[], columns: Record<string, (number|null)[]>}} weather */
  show(weather) {
    this.weather = weather;
    const names = Object.keys(weather.columns).sort((a, b) => rank(a) - rank(b));
    const chosen = this.select.value;
    this.select.replaceChildren(...names.map((name) => new Option(words(name)[0], name)));
    if (names.includes(chosen)) this.select.value = chosen;
    this.draw();
  }

  draw() {
    this.plot?.destroy();
    const name = this.select.value;
    const [label, unit] = words(name);
    const { times } = this.weather;
    const size = this.size();
    const options = {
      ...size,
      tzDate: this.local,
      cursor: { y: false, drag: { x: false, y: false }, sync: { key: 'meter' } },
      series: [
        { label: 'Time', value: (_, time) => (time == null ? '–' : this.when.weekdayMoment(time * 1000)) },
        line(unit ? `${label}, ${unit}` : label, '--weather', widthOf(times.length, size.width, 1.2)),
      ],
      axes: [
        axis({ space: 70, values: TIME_LABELS }),
        axis({ label: unit, space: LABEL_SPACE, ...valueAxis(size.width), values: (_, splits) => splits.map((v) => number(v)) }),
      ],
    };
    const seconds = times.map((time) => Date.parse(time) / 1000);
    this.plot = new window.uPlot(options, [seconds, this.weather.columns[name]], this.container);
    if (this.range) this.follow(...this.range);
  }

  /** Show the same seconds as the chart above. */
  follow(min, max) {
    this.range = [min, max];
    this.plot?.setScale('x', { min, max });
  }

  size() {
    return { width: Math.max(280, this.container.clientWidth), height: HEIGHT };
  }

  close() {
    this.scheme.removeEventListener('change', this.redraw);
    this.select.removeEventListener('change', this.redraw);
    this.sizes.disconnect();
    this.plot?.destroy();
  }
}
