import { byId, fillFacts, make } from './dom.js';
import { clock, count, counted, number, quantity, seconds, stepText, unitText } from './format.js';
import { sparkline } from './sparkline.js';

/** What the API calls the things it took for granted. */
const ASSUMED = {
  encoding: 'Characters',
  delimiter: 'Between columns',
  quotes: 'Quotes',
  numbers: 'Numbers',
  table_begins: 'The table begins at',
  below_the_table: 'Below the table, left out',
  layout: 'Layout',
  member: 'In the archive',
  sheet: 'Sheet',
  'sheets left out': 'Sheets left out',
  path: 'List in the JSON',
  json: 'JSON',
  times: 'Times',
  zone: 'Zone of the times',
  times_mark: 'Times mark',
  unit: 'Unit',
  registers: 'Taken',
  left_out: 'Left out',
  feed_in: 'Feed-in',
  counter: 'Counter',
  meters: 'Meters',
  resolution: 'Step',
};
const inWords = (name) => ASSUMED[name] ?? capital(name.replaceAll('_', ' '));
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** What is an option of the API's request is a choice on this page. */
export function inWordsOfThePage({ problem, names }) {
  if (names.length < 2 || !/_column/.test(problem.hint)) return problem;
  return { ...problem, hint: `Choose it above, under “How the file is read”. The file has: ${names.join(', ')}.` };
}

/**
 * Say how a file is read: times are shown in `timezone`.
 *
 * @param {object} found the answer of a preview
 * @param {boolean} isWhole whether all of the file was looked at
 */
export function showPreview(found, timezone, isWhole) {
  const { readings, assumptions, dropped, problems, warnings } = found;
  const { moment } = clock(timezone);
  byId('preview-words').textContent = summaryOf(found, isWhole);
  byId('preview-chart').replaceChildren(...chartOf(found, moment));
  fillFacts(byId('assumptions'), Object.entries(assumptions).map(([name, said]) => [
    inWords(name), name === 'resolution' ? stepOf(said) : said,
  ]));
  byId('preview-warnings').replaceChildren(...warnings.map((words) => make('li', {}, words)));
  byId('preview-rows').replaceChildren(...readings.map(({ time, value }) => make(
    'tr', {}, make('th', { scope: 'row' }, moment(time)), make('td', {}, number(value)),
  )));
  byId('preview-left-out').replaceChildren(
    ...(Object.keys(dropped).length ? problems.map((line) => make('li', {}, line)) : []),
  );
}

/** Whether it holds feed-in that could be subtracted, and was left out. */
export const leavesFeedIn = ({ warnings }) =>
  (warnings ?? []).some((words) => words.includes('feed_in=negative'));

function summaryOf({ resolution, rows, usable, unit, weather, counter }, isWhole) {
  const step = seconds(resolution);
  return [
    `${counted(usable, counter ? 'count' : 'reading')} from ${isWhole ? '' : 'the first '}${counted(rows, 'row')}`,
    step ? `one reading per ${stepText(step)}` : null,
    unit ? `unit in the file: ${unitText(unit)}` : null,
    weather.length ? `weather: ${weather.join(', ').replaceAll('_', ' ')}` : null,
  ].filter(Boolean).join('; ') + '.';
}

function chartOf({ chart, first, last, sum, unit, counter }, moment) {
  if (!first) return [];
  const isAmount = !counter && unit && !unit.includes('/') && !unit.endsWith('W');
  const line = sparkline(chart);
  line.setAttribute('preserveAspectRatio', 'none'); // as wide as the page
  return [
    line,
    make('figcaption', {}, [
      `${moment(first)} – ${moment(last)}`,
      `from ${number(Math.min(...chart))} to ${number(Math.max(...chart))} (means of ${count(chart.length)} parts)`,
      isAmount ? `sum ${quantity(sum, unit)}` : null,
    ].filter(Boolean).join('; ')),
  ];
}

/** "15 min" of PT15M; what is more than a duration stays as it is. */
function stepOf(said) {
  const step = seconds(said);
  return step ? `one reading per ${stepText(step)}` : said;
}
