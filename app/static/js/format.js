/** The page is written in English; one locale keeps its numbers and dates as one piece. */
const LOCALE = 'en-GB';
const DIGITS = 4;
const MOST_DECIMALS = 6;

const FOUR_DIGITS = new Intl.NumberFormat(LOCALE, {
  maximumSignificantDigits: 4,
  maximumFractionDigits: 0,
  roundingPriority: 'morePrecision', // 12 345 keeps its last digit, 0.01234 its first four
});
const WHOLE = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: 'negative' });
const THREE_DIGITS = new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 3 });
const DURATION = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;
const SECONDS = [86400, 3600, 60, 1];

const MINUS = '\u2212';
const NO_BREAK = '\u00a0';
const withMinus = (text) => text.replace('-', MINUS);

export const number = (value) => (value == null ? '–' : withMinus(FOUR_DIGITS.format(value)));
export const count = (value) => WHOLE.format(value);
export const counted = (value, noun) => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
export const percent = (share) =>
  (share == null ? '–' : `${withMinus(THREE_DIGITS.format(100 * share))}${NO_BREAK}%`);
/** A share in a column of shares: all with one decimal, so that the points stand in line. */
export const shareInColumn = (share) =>
  (share == null ? '–' : `${withMinus(TENTHS.format(100 * share))}${NO_BREAK}%`);

/**
 * A formatter of numbers that stand beneath each other: the largest gets four digits, and all the
 * same decimals.
 *
 * @param {(number|null|undefined)[]} values
 * @returns {(value: number|null|undefined) => string}
 */
export function inColumn(values) {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value ?? 0)), 0);
  const whole = largest > 0 ? Math.floor(Math.log10(largest)) + 1 : 1;
  const decimals = Math.min(Math.max(DIGITS - whole, 0), MOST_DECIMALS);
  const format = new Intl.NumberFormat(LOCALE, {
    minimumFractionDigits: decimals, maximumFractionDigits: decimals, signDisplay: 'negative',
  });
  return (value) => (value == null ? '–' : withMinus(format.format(value)));
}

export const unitText = (unit) => unit.replace('m3', 'm³');
export const quantity = (value, unit) =>
  (value == null ? '–' : `${number(value)}${NO_BREAK}${unitText(unit)}`);

/** Seconds of an ISO 8601 duration such as PT15M; null where there is none. */
export function seconds(duration) {
  const parts = duration ? DURATION.exec(duration) : null;
  return parts && SECONDS.reduce((sum, length, i) => sum + length * Number(parts[i + 1] ?? 0), 0);
}

/** A step between readings in words: "hour", "15 min", "day". */
export function stepText(step) {
  if (step === 86400) return 'day';
  if (step === 3600) return 'hour';
  return step % 3600 ? `${number(step / 60)} min` : `${number(step / 3600)} hours`;
}

/** Whether a step is of whole days: then the time of day says nothing. */
export const isDaily = (step) => step % 86400 === 0;

/** "kWh per hour" for an amount; a rate such as kW or L/s stays what it is. */
export function unitPerStep(unit, step) {
  const isRate = unit.includes('/') || unit.endsWith('W');
  return isRate ? unitText(unit) : `${unitText(unit)} per ${stepText(step)}`;
}

const MOMENTS = {
  day: { day: 'numeric', month: 'short', year: 'numeric' },
  weekday: { weekday: 'short', day: 'numeric', month: 'short' },
  dayOfMonth: { day: 'numeric', month: 'short' },
  moment: { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' },
  weekdayMoment: {
    weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit',
  },
};
const clocks = new Map();

/** Formatters of instants in one time zone; they are slow to make, so each is made once. */
export function clock(zone) {
  if (!clocks.has(zone)) {
    clocks.set(zone, Object.fromEntries(Object.entries(MOMENTS).map(([name, options]) => {
      const format = new Intl.DateTimeFormat(LOCALE, { timeZone: zone, hourCycle: 'h23', ...options });
      return [name, (instant) => format.format(new Date(instant))];
    })));
  }
  return clocks.get(zone);
}

/** The reader's own zone, for times that belong to no meter; it is named beside them. */
export const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** A length of time as a person would say it: "8.2 s", "3 min 5 s". */
export function lasting(milliseconds) {
  const total = milliseconds / 1000;
  if (total < 60) return `${total.toFixed(total < 10 ? 1 : 0)} s`;
  return `${Math.floor(total / 60)} min ${Math.round(total % 60)} s`;
}

/** How long ago, in the largest unit that fits: "3 h ago", "12 days ago". */
export function ago(instant, now = new Date()) {
  const passed = (new Date(now) - new Date(instant)) / 1000;
  if (passed < -90) return 'in the future';
  if (passed < 90) return 'just now';
  if (passed < 5400) return `${Math.round(passed / 60)} min ago`;
  if (passed < 48 * 3600) return `${Math.round(passed / 3600)} h ago`;
  return `${count(Math.round(passed / 86400))} days ago`;
}

/** A size in bytes as a person reads it. */
export function size(bytes) {
  if (bytes == null) return '–';
  if (bytes < 1e6) return `${count(bytes / 1e3)}${NO_BREAK}kB`;
  return `${THREE_DIGITS.format(bytes / 1e6)}${NO_BREAK}MB`;
}
