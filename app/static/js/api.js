import { ask, call, errorOf } from './http.js';

/** Seconds that a forecast may take before it is followed as a job; usually it takes under one. */
const FORECAST_WAIT_S = 30;

/** Jobs that are listed at once. */
export const MOST_LISTED = 200;

/** Path of a meter below `/meters` or `/models`. */
const pathOf = (root, { meter_type: type, meter_id: id }) =>
  `/${root}/${encodeURIComponent(type)}/${encodeURIComponent(id)}`;

const get = async (path) => (await call('GET', path)).data;
const idsOf = ({ meter_type, meter_id }) => ({ meter_type, meter_id });

/** The path of something with a query of what is given; empty values are left out. */
const withQuery = (path, query) => {
  const given = Object.entries(query).filter(([, value]) => value != null && value !== '');
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
};

export const getOverview = (query) => get(withQuery('/overview/', query));
export const getMeter = (meter) => get(pathOf('meters', meter));
export const putMeter = (meter, facts) => call('PUT', pathOf('meters', meter), { json: facts });
export const deleteMeter = (meter) => call('DELETE', pathOf('meters', meter));

/** A part of what the API has of a meter in a range of time: `readings`, `weather` … */
const ofRange = (meter, part, start, end, more = {}) =>
  get(withQuery(`${pathOf('meters', meter)}/${part}`, {
    start: start?.toISOString(), end: end?.toISOString(), ...more,
  }));

export const getReadings = (meter, start, end, every) =>
  ofRange(meter, 'readings', start, end, { every });
export const getWeather = (meter, start, end) => ofRange(meter, 'weather', start, end);
export const getHolidays = (meter, start, end) => ofRange(meter, 'holidays', start, end);
export const getAccuracy = (meter) => get(`${pathOf('meters', meter)}/accuracy`);

/**
 * What was last forecast for each time of a range, as columns.
 *
 * @param {string} asOf a moment without an offset is one of the meter's zone, as all on its page
 */
export const getForecasts = (meter, start, end, asOf) =>
  ofRange(meter, 'forecasts', start, end, { as_of: asOf });

export const rollBack = async (meter) =>
  (await call('POST', `${pathOf('models', meter)}/rollback`, { json: {} })).data;
export const promote = async (meter, version) =>
  (await call('POST', `${pathOf('models', meter)}/${encodeURIComponent(version)}/promote`, { json: {} })).data;
export const explain = (meter, start, end) =>
  whenMade(() => get(withQuery(`${pathOf('models', meter)}/explain`, {
    start_date: start?.toISOString(), end_date: end?.toISOString(),
  })));

/** Pause before what a worker makes is asked for again, and how often it is. */
const MADE_PAUSE_MS = 2000;
const MADE_TRIES = 10;

/** Ask for something that a worker makes until it is there, or longer than anybody waits. */
async function whenMade(ask) {
  for (let tries = 1; ; tries += 1) {
    const found = await ask();
    if (found.status !== 'computing' || tries === MADE_TRIES) return found;
    await new Promise((resolve) => { setTimeout(resolve, MADE_PAUSE_MS); });
  }
}

export const getModels = (meter) => get(pathOf('models', meter));
export const getQuality = (meter) => whenMade(() => get(`${pathOf('meters', meter)}/quality`));
/** Jobs, newest first, `MOST_LISTED` of them from the place `offset` on. */
export const listJobs = (offset = 0) => get(withQuery('/jobs/', { limit: MOST_LISTED, offset }));
export const getJob = (id) => get(`/jobs/${encodeURIComponent(id)}`);
export const getSchedules = () => get('/schedules/');
export const cancelJob = (id) => call('DELETE', `/jobs/${encodeURIComponent(id)}`);
export const loadDemo = async () => (await call('POST', '/demo/', { json: {} })).data;

export const importFile = async (meter, file, contentType, options = {}) =>
  (await call('POST', withQuery(`${pathOf('meters', meter)}/readings`, options), {
    body: file, contentType,
  })).data;

/** What would become of a file, from all of it or its beginning. */
export const previewFile = async (body, contentType, options) =>
  (await call('POST', withQuery('/preview/', options), { body, contentType })).data;

/** The state of the platform, whether all is well (200) or not (503). */
export const getHealth = async () => {
  const answer = await ask('GET', '/health/');
  if (!answer.data?.checks) throw errorOf(answer);
  return answer.data;
};

export const startTraining = async (meter) =>
  (await call('POST', '/trainmodel/', { json: idsOf(meter) })).data;

export const startTest = async (meter) =>
  (await call('POST', '/test_model/', { json: idsOf(meter) })).data;

/** @returns {Promise<{status: number, data: any}>} 200 with the forecast, or 202 with its job */
export const requestForecast = (meter, start, end) =>
  call('POST', '/forecast/', {
    json: { ...idsOf(meter), start_date: start.toISOString(), end_date: end.toISOString() },
    headers: { Prefer: `wait=${FORECAST_WAIT_S}` },
  });

export const getResult = (job) => get(job.result_url);

/** The addresses of a job that a list of jobs names without them. */
export const addressesOf = (id) => ({
  status_url: `/jobs/${encodeURIComponent(id)}`,
  stream_url: `/jobs/${encodeURIComponent(id)}/stream`,
  result_url: `/jobs/${encodeURIComponent(id)}/result`,
});
