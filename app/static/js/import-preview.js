import { byId, make } from './dom.js';
import { clock, count, number, seconds, stepText, unitText } from './format.js';

/** Beginning of a file that is looked at before importing; the server takes 256 KiB. */
const LOOK_BYTES = 200 * 1024;

/** The beginning of a file, in whole lines. */
export async function beginning(file) {
  if (file.size <= LOOK_BYTES) return file;
  const bytes = new Uint8Array(await file.slice(0, LOOK_BYTES).arrayBuffer());
  return bytes.slice(0, bytes.lastIndexOf(10) + 1);
}

/** What is an option of the API's request is a choice on this page. */
export function inWordsOfThePage({ problem, names }) {
  if (names.length < 2 || !/_column/.test(problem.hint)) return problem;
  return { ...problem, hint: `Choose it above, under “What the file says”. The file has: ${names.join(', ')}.` };
}

/** Say what was recognised in the beginning of a file: times are shown in `timezone`. */
export function showPreview({ readings, unit, resolution, rows, usable, dropped, problems, weather }, timezone) {
  const { moment } = clock(timezone);
  const step = seconds(resolution);
  byId('preview-words').textContent = [
    `${count(usable)} of the first ${count(rows)} rows can be used`,
    step ? `one reading per ${stepText(step)}` : null,
    unit ? `unit in the heading: ${unitText(unit)}` : null,
    weather.length ? `weather: ${weather.join(', ').replaceAll('_', ' ')}` : null,
  ].filter(Boolean).join('; ') + '.';
  byId('preview-rows').replaceChildren(...readings.map(({ time, value }) => make(
    'tr', {}, make('th', { scope: 'row' }, moment(time)), make('td', {}, number(value)),
  )));
  byId('preview-left-out').replaceChildren(
    ...(Object.keys(dropped).length ? problems.map((line) => make('li', {}, line)) : []),
  );
}
