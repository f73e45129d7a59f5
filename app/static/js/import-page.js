import { ApiError, deleteMeter, getMeter, getResult, importCsv, previewCsv, putMeter } from './api.js';
import { byId, make } from './dom.js';
import { clock, count, number, seconds, stepText, unitText } from './format.js';
import { importSummary } from './import-summary.js';
import { meterAddress } from './jobs-table.js';
import { attempt, clearProblems, guarded, showProblem } from './problems.js';
import { watch } from './watch.js';

const CREATED = 201;
const ID_LENGTH = 64;
/** Beginning of a file that is looked at before importing; the server takes 256 KiB. */
const LOOK_BYTES = 200 * 1024;

const form = byId('import-form');
const fields = form.elements;
const problems = byId('import-problems');
const localZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The beginning of a file, in whole lines. */
async function beginning(file) {
  if (file.size <= LOOK_BYTES) return file;
  const bytes = new Uint8Array(await file.slice(0, LOOK_BYTES).arrayBuffer());
  return bytes.slice(0, bytes.lastIndexOf(10) + 1);
}

const columnsChosen = () => ({
  time_column: fields.time_column.value, value_column: fields.value_column.value,
});

/** What was seen before stays in place meanwhile: nothing may move under a finger that clicks. */
async function look() {
  const [file] = fields.file.files;
  if (!file) return;
  await suggestId(file);
  const found = await previewCsv(await beginning(file), {
    timezone: fields.timezone.value, ...columnsChosen(),
  });
  clearProblems(problems);
  offerColumns(found);
  byId('preview').hidden = false;
  byId('preview-body').hidden = Boolean(found.problem);
  if (found.problem) showProblem(problems, inWordsOfThePage(found));
  else showPreview(found);
}

/** What is an option of the API's request is a choice on this page. */
function inWordsOfThePage({ problem, names }) {
  if (names.length < 2 || !/_column/.test(problem.hint)) return problem;
  return { ...problem, hint: `Choose it above, under “What the file says”. The file has: ${names.join(', ')}.` };
}

function offerColumns({ names, columns }) {
  for (const [field, role] of [['time_column', 'time'], ['value_column', 'value']]) {
    const chosen = columns?.[role] ?? fields[field].value;
    fields[field].replaceChildren(
      new Option('find it', ''),
      ...names.map((name) => new Option(name, name, false, name === chosen)),
    );
  }
}

function showPreview({ readings, unit, resolution, rows, usable, dropped, problems: lines, weather }) {
  const { moment } = clock(fields.timezone.value);
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
    ...(Object.keys(dropped).length ? lines.map((line) => make('li', {}, line)) : []),
  );
  // Values for a meter that exists are converted to its own unit.
  const isNew = byId('known-meter').hidden;
  if (isNew && [...fields.unit.options].some((option) => option.value === unit)) fields.unit.value = unit;
}

async function send() {
  const { file, meter_type, meter_id, unit, timezone, country, counter } = fields;
  const meter = { meter_type: meter_type.value, meter_id: meter_id.value };
  const facts = { unit: unit.value, timezone: timezone.value };
  if (country.value) facts.country = country.value.toUpperCase();
  const busy = byId('import-progress');
  busy.hidden = false;
  try {
    const { status } = await putMeter(meter, facts);
    const options = { ...columnsChosen(), ...(counter.checked && { counter: 'true' }) };
    const summary = await upload(meter, file.files[0], options, status === CREATED);
    showDone(meter, summary);
  } finally {
    busy.hidden = true;
  }
}

/** Send the file; a meter that was made for it does not outlive a file that has no readings. */
async function upload(meter, file, options, isNew) {
  try {
    const answer = await importCsv(meter, file, options);
    return answer.task_id ? await storedByJob(answer) : answer;
  } catch (error) {
    if (isNew) await deleteMeter(meter);
    throw error;
  }
}

/** A large file is stored by a job: show how far it is, and take its summary in the end. */
async function storedByJob(job) {
  const bar = byId('import-progress').querySelector('progress');
  const ended = await watch(job, (state) => { bar.value = state.progress; }).finished;
  bar.removeAttribute('value');
  if (ended.status !== 'succeeded') throw new ApiError(ended.error);
  return getResult(job);
}

function showDone(meter, summary) {
  form.reset();
  prepare();
  byId('preview').hidden = true;
  byId('known-meter').hidden = true;
  byId('done').replaceChildren(
    importSummary(summary),
    make('p', { class: 'buttons' }, make(
      'a',
      { class: 'button primary', href: meterAddress(meter) },
      `Open ${meter.meter_id}`,
    )),
  );
  byId('done').querySelector('a').focus();
}

async function suggestId(file) {
  if (fields.meter_id.value) return;
  fields.meter_id.value = file.name
    .replace(/\.[^.]*$/, '')
    .replace(/[^A-Za-z0-9_.:-]+/g, '_')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, ID_LENGTH);
  await recall();
}

/** A meter that exists brings its settings along: the form must not change them unseen. */
async function recall() {
  const { meter_type, meter_id, unit, timezone, country } = fields;
  const found = meter_id.value && meter_id.validity.valid
    ? await getMeter({ meter_type: meter_type.value, meter_id: meter_id.value }).catch(unlessUnknown)
    : null;
  byId('known-meter').hidden = !found;
  if (!found) return;
  unit.value = found.unit;
  timezone.value = found.timezone;
  country.value = found.country ?? '';
}

function unlessUnknown(error) {
  if (error.code !== 'unknown_meter') throw error;
  return null;
}

/** Fill in what the address names: the page of a meter links here. */
function begin() {
  const given = new URLSearchParams(location.search);
  for (const name of ['meter_type', 'meter_id']) {
    if (given.get(name)) fields[name].value = given.get(name);
  }
  prepare();
  return guarded(problems, recall);
}

function offerUnits() {
  const { unit, units } = fields.meter_type.selectedOptions[0].dataset;
  fields.unit.replaceChildren(
    ...units.split(',').map((name) => new Option(unitText(name), name, false, name === unit)),
  );
}

function prepare() {
  offerUnits();
  fields.timezone.value = localZone();
}

byId('zones').replaceChildren(
  ...['UTC', ...Intl.supportedValuesOf('timeZone')].map((zone) => make('option', { value: zone })),
);
begin();
fields.meter_type.addEventListener('change', offerUnits);
for (const name of ['meter_type', 'meter_id']) {
  fields[name].addEventListener('change', () => guarded(problems, recall));
}
for (const name of ['file', 'timezone', 'time_column', 'value_column']) {
  fields[name].addEventListener('change', () => guarded(problems, look));
}
form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (form.reportValidity()) attempt(form.querySelector('[type=submit]'), problems, send);
});
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault();
  if (!event.dataTransfer.files.length) return;
  fields.file.files = event.dataTransfer.files;
  guarded(problems, look);
});
