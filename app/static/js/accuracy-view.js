import { inBox, make } from './dom.js';
import { clock, count, inColumn, number, percent, quantity, shareInColumn, unitText } from './format.js';

const DAYS_SHOWN = 14;

/** How good issued forecasts turned out to be, by how far ahead they were. */
export function accuracyByLead(found, meter) {
  if (!found.overall?.n) {
    return [make('p', { class: 'hint' }, 'No issued forecast has met its readings yet. Forecasts are scored as readings arrive.')];
  }
  const { overall } = found;
  return [
    ...(found.flags ?? []).map(({ message, since }) =>
      make('p', { class: 'notice' }, `${message} (since ${clock(meter.timezone).day(since)})`)),
    make('p', { class: 'verdict' }, verdict(overall, meter)),
    table('Ahead', found.by_lead, (row) => leadText(row), meter),
    ...(found.by_day?.length ? [make(
      'details',
      {},
      make('summary', {}, 'Day by day'),
      table('Day', found.by_day.slice(-DAYS_SHOWN).reverse(), (row) => clock('UTC').day(row.date), meter),
    )] : []),
  ];
}

function verdict({ n, mae, skill }, meter) {
  const words = skill == null ? '' : skill >= 0
    ? `, ${percent(skill)} less error than repeating last week`
    : `, ${percent(-skill)} more error than repeating last week`;
  return `${quantity(mae, meter.unit)} mean error${words}, over ${count(n)} values.`;
}

function table(first, rows, nameOf, meter) {
  const heads = [first, `Mean error, ${unitText(meter.unit)}`, 'Skill', 'Inside P10–P90', 'Values'];
  const amount = inColumn((rows ?? []).map((row) => row.mae));
  return inBox(`Accuracy: ${first}`, make(
    'table',
    {},
    make('thead', {}, make('tr', {}, ...heads.map((head) => make('th', { scope: 'col' }, head)))),
    make('tbody', {}, ...(rows ?? []).map((row) => make(
      'tr',
      {},
      make('th', { scope: 'row' }, nameOf(row)),
      make('td', {}, amount(row.mae)),
      make('td', { class: row.skill < 0 ? 'worse' : 'better' }, shareInColumn(row.skill)),
      make('td', {}, shareInColumn(row.coverage)),
      make('td', {}, count(row.n)),
    ))),
  ));
}

function leadText({ lead_from_hours: from, lead_to_hours: to }) {
  if (to == null) return `${number(from / 24)} days and more`;
  if (to <= 48) return `${number(from)}–${number(to)} h`;
  return `${number(from / 24)}–${number(to / 24)} days`;
}
