/** Pure preparation of what the charts draw; the charts themselves are in `chart.js`. */

/** A gap is longer than this many steps; below it, two readings are neighbours. */
const GAP_STEPS = 1.5;

const unix = (time) => Date.parse(time) / 1000;

/**
 * Readings, a forecast and what was forecast before as uPlot's columns: times, measured, P50, P10
 * and P90 of the forecast, then the same three of the earlier ones where there are some.
 *
 * Null is "no value": uPlot breaks a line there, so a time without one is put into each gap.
 *
 * @param {{times: string[], values: (number|null)[]}} history
 * @param {{time: string, p10: number, p50: number, p90: number}[]} points
 * @param {number} step seconds between readings
 * @param {object[]} issued points that were forecast for times that have passed
 * @returns {(number|null)[][]}
 */
export function columns(history, points, step, issued = []) {
  const measured = history.times.map(unix);
  const ahead = points.map(({ time }) => unix(time));
  const before = issued.map(({ time }) => unix(time));
  const times = union([measured, ahead, before].flatMap((list) => withGaps(list, step)));
  const three = (at, list) =>
    ['p50', 'p10', 'p90'].map((name) => laid(times, at, list.map((point) => point[name])));
  return [
    times,
    laid(times, measured, history.values),
    ...three(ahead, points),
    ...(issued.length ? three(before, issued) : []),
  ];
}

/** Ascending and each once; typed arrays sort two years of hours in a millisecond. */
function union(times) {
  const sorted = Float64Array.from(times).sort();
  return Array.from(sorted.filter((time, i) => i === 0 || time !== sorted[i - 1]));
}

/** A column along `times` with the values at their own, ascending times and null between. */
function laid(times, at, values) {
  const column = new Array(times.length).fill(null);
  let i = 0;
  at.forEach((time, j) => {
    while (times[i] < time) i += 1;
    column[i] = values[j];
  });
  return column;
}

function withGaps(times, step) {
  return times.flatMap((time, i) =>
    (i > 0 && time - times[i - 1] > GAP_STEPS * step ? [time - step, time] : [time]));
}

/** Points of a forecast from the columns in which the API keeps what was issued. */
export function pointsOf({ times, p10, p50, p90 }) {
  return times.map((time, i) => ({ time, p10: p10[i], p50: p50[i], p90: p90[i] }));
}

/** The point of the highest P50. */
export function peak(points) {
  return points.reduce((best, point) => (point.p50 > best.p50 ? point : best), points[0]);
}
