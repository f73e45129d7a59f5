/** Pure preparation of what the chart draws; the chart itself is in `chart.js`. */

/** A gap is longer than this many steps; below it, two readings are neighbours. */
const GAP_STEPS = 1.5;

const unix = (time) => Date.parse(time) / 1000;

/**
 * History and forecast as uPlot's columns: times, measured, P50, P10, P90.
 *
 * Null is "no value": uPlot breaks a line there, so a time without one is put into each gap.
 *
 * @param {{times: string[], values: (number|null)[]}} history
 * @param {{time: string, p10: number, p50: number, p90: number}[]} points
 * @param {number} step seconds between readings
 * @returns {(number|null)[][]}
 */
export function columns(history, points, step) {
  const rows = new Map();
  const row = (time) => {
    if (!rows.has(time)) rows.set(time, [null, null, null, null]);
    return rows.get(time);
  };
  withGaps(history.times.map(unix), step).forEach((time) => row(time));
  history.times.forEach((time, i) => {
    row(unix(time))[0] = history.values[i];
  });
  for (const point of points) {
    row(unix(point.time)).splice(1, 3, point.p50, point.p10, point.p90);
  }
  const times = [...rows.keys()].sort((a, b) => a - b);
  return [times, ...[0, 1, 2, 3].map((column) => times.map((time) => rows.get(time)[column]))];
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
