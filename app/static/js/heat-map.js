import { colour } from './chart-style.js';
import { make } from './dom.js';
import { clock, number, quantity } from './format.js';

const HOURS = 24;
const CELL_HEIGHT = 6;
const LABEL_WIDTH = 34;
const LABEL_EVERY = 6;
/** With fewer days there is no habit to be seen. */
const FEWEST_DAYS = 7;

/**
 * Readings by local day and hour: pure, so that it can be tested.
 *
 * @param {{times: string[], values: (number|null)[]}} hourly
 * @returns {{days: string[], cells: (number|null)[][], low: number, high: number}} `cells[day][hour]`
 */
export function byDayAndHour({ times, values }, zone) {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit',
  });
  const days = new Map();
  times.forEach((time, i) => {
    const part = Object.fromEntries(format.formatToParts(new Date(time)).map((p) => [p.type, p.value]));
    const day = `${part.year}-${part.month}-${part.day}`;
    if (!days.has(day)) days.set(day, new Array(HOURS).fill(null));
    if (values[i] != null) days.get(day)[Number(part.hour)] = values[i];
  });
  const known = values.filter((value) => value != null);
  return {
    days: [...days.keys()],
    cells: [...days.values()],
    low: Math.min(...known),
    high: Math.max(...known),
  };
}

/**
 * A picture of when consumption is high, day by day; a sentence says the same.
 *
 * @returns {boolean} whether there was enough to draw
 */
export function heatMap(container, hourly, meter) {
  const map = byDayAndHour(hourly, meter.timezone);
  if (map.days.length < FEWEST_DAYS) return false;
  const canvas = make('canvas', { role: 'img', 'aria-label': summary(map, meter) });
  const note = make('p', { class: 'hint', 'aria-live': 'off' }, summary(map, meter));
  container.replaceChildren(canvas, note);
  const paint = () => draw(canvas, map);
  new ResizeObserver(paint).observe(container);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paint);
  canvas.addEventListener('mousemove', (event) => {
    const cell = cellAt(canvas, map, event);
    if (!cell) return;
    const { day, hour, value } = cell;
    note.textContent = `${clock('UTC').day(day)}, ${String(hour).padStart(2, '0')}:00: ${quantity(value, meter.unit)}`;
  });
  canvas.addEventListener('mouseleave', () => { note.textContent = summary(map, meter); });
  return true;
}

function draw(canvas, { days, cells, low, high }) {
  const scale = devicePixelRatio;
  const width = canvas.parentElement.clientWidth;
  const height = HOURS * CELL_HEIGHT + 18;
  Object.assign(canvas, { width: width * scale, height: height * scale });
  const pen = canvas.getContext('2d');
  pen.scale(scale, scale);
  const cell = (width - LABEL_WIDTH) / days.length;
  pen.font = '11px system-ui, sans-serif';
  pen.textBaseline = 'middle';
  pen.fillStyle = colour('--text-soft');
  for (let hour = 0; hour < HOURS; hour += LABEL_EVERY) {
    pen.fillText(`${String(hour).padStart(2, '0')}:00`, 0, hour * CELL_HEIGHT + CELL_HEIGHT);
  }
  const every = Math.ceil(70 / cell);
  days.forEach((day, i) => {
    if (i % every === 0 && i * cell < width - LABEL_WIDTH - 50) {
      pen.fillText(clock('UTC').dayOfMonth(day), LABEL_WIDTH + i * cell, height - 7);
    }
  });
  pen.fillStyle = colour('--accent');
  cells.forEach((hours, i) => hours.forEach((value, hour) => {
    if (value == null) return;
    pen.globalAlpha = 0.06 + 0.94 * ((value - low) / (high - low || 1));
    pen.fillRect(LABEL_WIDTH + i * cell, hour * CELL_HEIGHT, Math.max(1, cell - 0.5), CELL_HEIGHT - 0.5);
  }));
}

function cellAt(canvas, { days, cells }, event) {
  const { left, top, width } = canvas.getBoundingClientRect();
  const column = Math.floor(((event.clientX - left - LABEL_WIDTH) / (width - LABEL_WIDTH)) * days.length);
  const hour = Math.floor((event.clientY - top) / CELL_HEIGHT);
  if (!(column >= 0 && column < days.length && hour >= 0 && hour < HOURS)) return null;
  return { day: days[column], hour, value: cells[column][hour] };
}

function summary({ cells, days }, meter) {
  const means = Array.from({ length: HOURS }, (_, hour) => {
    const known = cells.map((hours) => hours[hour]).filter((value) => value != null);
    return known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
  });
  const known = means.filter((mean) => mean != null);
  const at = (value) => `${String(means.indexOf(value)).padStart(2, '0')}:00`;
  const high = Math.max(...known);
  const low = Math.min(...known);
  return `Mean of ${days.length} days: highest at ${at(high)} (${quantity(high, meter.unit)}), `
    + `lowest at ${at(low)} (${number(low)}). Stronger colour is more; times in ${meter.timezone}.`;
}
