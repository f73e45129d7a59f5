import { getHealth, getSchedules } from './api.js';
import { byId, fillFacts, make, prose } from './dom.js';
import { ago, clock, counted, lasting, number, ownZone, size } from './format.js';
import { isSignedOut } from './http.js';
import { Repeated } from './problems.js';

const RENEW_MS = 5000;
/** An answer that takes longer is told of: what stands there is old by then. */
const SLOW_MS = 3000;
const PARTS = {
  redis: 'Redis', store: 'Reading store', model_store: 'Model store', workers: 'Workers', queues: 'Queues',
};
/** What scheduled work does, by its task. */
const WORK = {
  weather: 'fetches the weather to come',
  forecasts: 'forecasts every meter',
  scoring: 'compares forecasts with readings',
  retraining: 'trains what is old or has grown worse',
  retention: 'removes what is no longer kept',
  sweep: 'takes up jobs whose worker died',
};
/** Facts of a check that are shown elsewhere, or that say nothing to a person. */
const ELSEWHERE = new Set(['status', 'workers', 'queues', 'queues_without_worker']);

const zone = ownZone();
const problems = byId('page-problems');
const outage = new Repeated(problems);
const faults = new Repeated(problems);

function checkRow([name, check]) {
  const facts = Object.entries(check)
    .filter(([key, value]) => !ELSEWHERE.has(key) && typeof value !== 'object')
    .map(([key, value]) => factText(key, value));
  return make(
    'tr',
    { 'data-check': name },
    make('th', { scope: 'row' }, PARTS[name] ?? name.replaceAll('_', ' ')),
    make('td', { class: 'words' }, make('span', { class: `badge ${check.status}` }, check.status)),
    make('td', { class: 'words' }, facts.join(', ')),
  );
}

function factText(key, value) {
  if (key === 'latency_ms') return `answers in ${number(value)} ms`;
  if (key.endsWith('bytes')) return `${key.replace(/_?bytes$/, '') || 'size'} ${size(value)}`;
  return key === 'message' || key === 'kind' ? String(value) : `${key.replaceAll('_', ' ')} ${value}`;
}

function showQueues({ workers, queues }) {
  const without = new Set(workers?.queues_without_worker ?? []);
  const served = (queue) => (workers?.workers ?? []).filter((worker) => worker.queues.includes(queue));
  byId('queues').replaceChildren(...Object.entries(queues?.queues ?? {}).map(([name, state]) => make(
    'tr',
    {},
    make('th', { scope: 'row' }, name),
    make('td', {}, number(state.waiting)),
    make('td', {}, state.oldest_seconds == null ? '–' : lasting(1000 * state.oldest_seconds)),
    make('td', { class: without.has(name) ? 'worse' : '' },
      without.has(name) ? `none: start energy worker ${name}` : counted(served(name).length, 'worker')),
  )));
  byId('workers').replaceChildren(...(workers?.workers ?? []).map((worker) => make(
    'tr',
    {},
    make('th', { scope: 'row' }, worker.name ?? worker.hostname ?? '–'),
    make('td', { class: 'words' }, worker.queues.join(', ')),
    make('td', {}, `${number(worker.age_seconds)} s ago`),
  )));
}

function scheduleRow({ name, task, meter_type: type, cron, next_run: next, last_run: last }) {
  const { moment } = clock(zone);
  const outcome = last && [
    make('span', { class: `badge ${last.status}` }, last.status),
    ` ${ago(last.finished_at ?? last.started_at)}`,
    ...(last.summary ? [make('small', {}, summaryText(last.summary))] : []),
  ];
  return make(
    'tr',
    {},
    make('th', { scope: 'row' }, name, make('small', {}, [WORK[task], type].filter(Boolean).join(', '))),
    make('td', { class: 'words', 'data-label': 'When' }, make('code', {}, cron)),
    make('td', { class: 'words', 'data-label': 'Next' }, next ? moment(next) : '–'),
    make('td', { class: 'words', 'data-label': 'Last run' }, make('div', {}, ...(outcome ?? ['not yet']))),
  );
}

const summaryText = (summary) =>
  (typeof summary === 'string'
    ? summary
    : Object.entries(summary).filter(([, value]) => typeof value !== 'object')
      .map(([key, value]) => `${key.replaceAll('_', ' ')} ${value}`).join(', '));

/** Scheduled work is told of where the server has it; its absence is no fault of the rest. */
async function showSchedules() {
  const answer = await getSchedules().catch(() => null);
  const list = Array.isArray(answer) ? answer : (answer?.schedules ?? []);
  byId('schedules').replaceChildren(...list.map(scheduleRow));
  byId('schedules-card').hidden = list.length === 0;
}

function say(words, kind) {
  const state = byId('state');
  if (state.textContent !== words.replaceAll('`', '')) state.replaceChildren(...prose(words));
  state.className = `verdict ${kind}`;
}

/** @returns {Promise<boolean>} whether it is worth asking again: not before somebody signs in */
async function show() {
  const slow = setTimeout(() => { if (!outage.stands) say('No answer yet…', ''); }, SLOW_MS);
  try {
    const health = await getHealth();
    outage.worked();
    const well = health.status === 'ok';
    if (well) say('Everything answers.', 'better');
    else say('Something needs you: see below; `energy doctor` says how to mend it.', 'worse');
    fillFacts(byId('facts'), [
      ['Version', health.version],
      ['Looked at', `${clock(zone).moment(health.time)} (${zone})`],
    ]);
    byId('checks').replaceChildren(...Object.entries(health.checks).map(checkRow));
    showQueues(health.checks);
    byId('health').hidden = false;
    return true;
  } catch (error) {
    const ended = isSignedOut(error);
    if (ended) say('Sign in to see how it is.', '');
    else if (!error.code) say('This page cannot show the answer; trying again…', 'worse');
    else say('The server does not answer; trying again…', 'worse');
    outage.failed(error);
    return !ended;
  } finally {
    clearTimeout(slow);
  }
}

byId('zone').textContent = zone;

async function renew() {
  const [goesOn] = await Promise.all([show(), showSchedules().catch((error) => faults.failed(error))]);
  if (goesOn) setTimeout(renew, RENEW_MS);
}

await renew();
