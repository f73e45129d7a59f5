import { number } from './format.js';

const HOUR_S = 3600;
const DAY_S = 86400;
const YEAR_S = 365 * DAY_S;

/** Charts narrower than this are on a phone. */
export const PHONE_WIDTH = 520;

/** Room for "123,456"; the same for charts that stand beneath each other, so that times do. */
export const valueAxis = (width) =>
  (width < PHONE_WIDTH ? { size: 52, labelSize: 16 } : { size: 68, labelSize: 22 });
const FONT = '12px system-ui, sans-serif';

/** A colour of the page's theme, as it is now. */
export const colour = (name) =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Axis labels from the finest to the coarsest; the second line is said only when it changes. */
export const TIME_LABELS = [
  [YEAR_S, '{YYYY}', null, null, null, null, null, null, 1],
  [28 * DAY_S, '{MMM}', '\n{YYYY}', null, null, null, null, null, 1],
  [DAY_S, '{D} {MMM}', '\n{YYYY}', null, null, null, null, null, 1],
  [HOUR_S, '{HH}:{mm}', '\n{D} {MMM}', null, '\n{D} {MMM}', null, null, null, 1],
  [60, '{HH}:{mm}', '\n{D} {MMM}', null, '\n{D} {MMM}', null, null, null, 1],
];

/** With more values than pixels the thinnest line is read best, and drawn in a third of the time. */
export const widthOf = (values, pixels, usual) =>
  (values > pixels ? 1 / devicePixelRatio : usual);

/** A series of uPlot in a colour of the theme. */
export function line(label, colourName, width, dash = []) {
  return {
    label,
    width,
    dash,
    stroke: () => colour(colourName),
    points: { show: false },
    value: (_, value) => number(value),
  };
}

/** An axis of uPlot in the colours of the theme. */
export function axis(options) {
  return {
    stroke: () => colour('--text-soft'),
    grid: { stroke: () => colour('--grid'), width: 1 },
    ticks: { stroke: () => colour('--grid'), width: 1 },
    font: FONT,
    labelFont: FONT,
    ...options,
  };
}

/** Local time of a zone as uPlot wants it; making the formatter takes longest, so it is kept. */
export function zoned(zone) {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric',
    hour: 'numeric', minute: 'numeric', second: 'numeric',
  });
  return (seconds) => new Date(format.format(1000 * seconds));
}
