import { fillFacts, inBox, make } from './dom.js';
import { clock, count, counted, isDaily, number, percent, quantity, seconds } from './format.js';

const HOURS_PER_DAY = 24;

/** The findings of a report in words a person knows; an unknown code is shown as it is. */
export const FINDINGS = {
  gap: 'Gaps',
  flatline: 'Flat lines',
  error_code: 'Error codes',
  unit_change: 'In another unit',
  spike: 'Spikes',
  level_shift: 'New level',
  meter_swap: 'Another meter',
  negative: 'Negative values',
  net_load: 'Below zero, as feed-in',
  duplicate: 'Given twice',
  not_finite: 'No number',
  off_grid: 'Between two steps',
  finer: 'Finer than the meter, put together',
  finer_missing: 'Intervals without enough finer readings',
  stopped: 'Zero for a week or longer',
  constant: 'All of one value',
  clock_change: 'Missing at a clock change',
};

/** What the readings are worth: how complete, what was found, whether a training may use them. */
export function qualityView(report, meter) {
  if (report.error) return [make('p', { class: 'notice' }, report.error.message)];
  const list = make('dl', { class: 'facts' });
  fillFacts(list, [
    ['Complete', `${percent(report.completeness)} of ${counted(report.expected, 'interval')}`],
    ['Longest gap', report.longest_gap_hours > 0 && `${number(report.longest_gap_hours)} hours`],
    ['Left out of training', report.excluded > 0 && counted(report.excluded, 'reading')],
    ['Night flow', nightFlow(report.night_flow, meter)],
  ]);
  return [make('p', {}, make('strong', {}, verdict(report, meter))), list, ...table(report, meter)];
}

function verdict(report, meter) {
  if (report.ready) return 'Good enough to train on.';
  const have = count(report.have_hours / HOURS_PER_DAY);
  const need = count(report.need_hours / HOURS_PER_DAY);
  if (!report.usable_from) return 'Too faulty to train on: see below.';
  const from = clock(meter.timezone).day(report.usable_from);
  return `${have} of ${need} days needed for a training; enough from ${from}.`;
}

function nightFlow(flow, meter) {
  return flow && `${quantity(flow.recent, meter.unit)}: ${flow.message}`;
}

function table({ findings }, meter) {
  if (!findings.length) return [make('p', { class: 'hint' }, 'Nothing conspicuous was found.')];
  const { day, moment } = clock(meter.timezone);
  const when = isDaily(seconds(meter.resolution) ?? 1) ? day : moment;
  const body = make(
    'tbody',
    {},
    ...findings.map(({ code, count: times, readings, excluded, places }) =>
      make(
        'tr',
        {},
        make('th', { scope: 'row' }, FINDINGS[code] ?? code),
        make('td', {}, count(times)),
        make('td', {}, count(readings)),
        make('td', {}, excluded ? 'left out' : 'kept'),
        make('td', {}, places.length ? when(places.at(-1)[0]) : '–'),
      )),
  );
  const head = make(
    'thead',
    {},
    make('tr', {}, ...['Finding', 'Times', 'Intervals', 'In training', 'Last listed'].map(
      (title) => make('th', { scope: 'col' }, title),
    )),
  );
  return [inBox('Findings', make('table', {}, head, body))];
}
