import { icon, make } from './dom.js';
import { ago, clock, shareInColumn, unitText } from './format.js';
import { sparkline } from './sparkline.js';
import { SERVING } from './words.js';

/** As long as the filter "No reading for two days" says. */
const STALE_MS = 2 * 86400e3;

/** One meter of the overview as a row of the table. */
export function overviewRow(row, now) {
  const address = `/dashboard/meters/${row.meter_type}/${encodeURIComponent(row.meter_id)}`;
  return make(
    'tr',
    { 'data-key': `${row.meter_type}/${row.meter_id}` },
    make('th', { scope: 'row' }, make(
      'a',
      { href: address, class: 'meter-link' },
      icon(row.meter_type),
      make('span', {}, row.name || row.meter_id, make('small', {}, `${row.name ? row.meter_id : row.meter_type} · ${unitText(row.unit)}`)),
    )),
    make('td', { class: 'spark' }, sparkline(row.sparkline)),
    make('td', { class: 'when', 'data-label': 'Last reading' }, ...lastReading(row, now)),
    make('td', { class: 'when', 'data-label': 'Trained' }, ...model(row, now)),
    make('td', { class: skillClass(row.skill), 'data-label': 'Skill' }, shareInColumn(row.skill)),
    make('td', { class: 'flags' }, ...flags(row)),
  );
}

function lastReading({ last, timezone }, now) {
  if (!last) return ['none yet'];
  const isStale = new Date(now) - new Date(last) > STALE_MS;
  const words = { datetime: last, title: clock(timezone).moment(last), ...(isStale && { class: 'late' }) };
  return [make('time', words, ago(last, now))];
}

function model({ trained_at: made, champion, serving, untrainable, timezone }, now) {
  if (!champion && untrainable) {
    const words = make('small', { title: untrainable.message }, SERVING.fallback);
    return [make('span', { class: 'soft' }, 'cannot be trained'), words];
  }
  if (!champion) return [make('span', { class: 'soft' }, 'not trained')];
  const age = made
    ? make('time', { datetime: made, title: clock(timezone).moment(made) }, ago(made, now))
    : champion;
  return serving && serving !== 'model' ? [age, make('small', {}, SERVING[serving] ?? serving)] : [age];
}

function skillClass(skill) {
  if (skill == null) return 'soft';
  return skill < 0 ? 'worse' : 'better';
}

function flags({ flags: found }) {
  return found.map(({ code, message }) => make('span', { class: 'badge warn', title: message ?? '' }, code.replaceAll('_', ' ')));
}
