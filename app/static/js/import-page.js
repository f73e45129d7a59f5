import { getMeter, previewCsv, putMeter } from './api.js';
import { byId, make } from './dom.js';
import { unitText } from './format.js';
import { beginning, inWordsOfThePage, showPreview } from './import-preview.js';
import { importSummary } from './import-summary.js';
import { meterAddress } from './jobs-table.js';
import { attempt, clearProblems, guarded, showProblem } from './problems.js';
import { upload } from './upload.js';

const CREATED = 201;
const ID_LENGTH = 64;

const form = byId('import-form');
const fields = form.elements;
const problems = byId('import-problems');
const localZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

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
  if (found.problem) {
    showProblem(problems, inWordsOfThePage(found));
  } else {
    showPreview(found, fields.timezone.value);
    takeUnit(found.unit);
  }
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

/** Values for a meter that exists are converted to its own unit; a new one has that of its file. */
function takeUnit(unit) {
  const isNew = byId('known-meter').hidden;
  if (isNew && [...fields.unit.options].some((option) => option.value === unit)) fields.unit.value = unit;
}

async function send() {
  const { file, meter_type, meter_id, unit, timezone, country, counter } = fields;
  const meter = { meter_type: meter_type.value, meter_id: meter_id.value };
  const facts = { unit: unit.value, timezone: timezone.value };
  if (country.value) facts.country = country.value.toUpperCase();
  const busy = byId('import-progress');
  const bar = busy.querySelector('progress');
  busy.hidden = false;
  try {
    const { status } = await putMeter(meter, facts);
    const options = { ...columnsChosen(), ...(counter.checked && { counter: 'true' }) };
    const summary = await upload(meter, file.files[0], options, {
      isNew: status === CREATED, onProgress: (progress) => { bar.value = progress; },
    });
    showDone(meter, summary);
  } finally {
    busy.hidden = true;
    bar.removeAttribute('value');
  }
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
