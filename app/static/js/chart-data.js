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
  const width = issued.length ? 7 : 4;
  const rows = new Map();
  const row = (time) => {
    let found = rows.get(time);
    if (!found) rows.set(time, found = new Array(width).fill(null));
    return found;
  };
  const seconds = history.times.map(unix);
  withGaps(seconds, step).forEach(row);
  seconds.forEach((time, i) => { row(time)[0] = history.values[i]; });
  const put = (list, at) => {
    withGaps(list.map((point) => unix(point.time)), step).forEach(row);
    for (const { time, p10, p50, p90 } of list) row(unix(time)).splice(at, 3, p50, p10, p90);
  };
  put(points, 1);
  put(issued, 4);
  const times = [...rows.keys()].sort((a, b) => a - b);
  const found = times.map((time) => rows.get(time));
  return [times, ...Array.from({ length: width }, (_, column) => found.map((values) => values[column]))];
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
