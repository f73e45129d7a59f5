import { getMeter, previewFile, putMeter } from './api.js';
import { byId, make } from './dom.js';
import { size, unitText } from './format.js';
import { LOOK_BYTES, mediaType, portion } from './import-file.js';
import { inWordsOfThePage, leavesFeedIn, showPreview } from './import-preview.js';
import { Answers, askQuestion, dropQuestion, isQuestion } from './import-question.js';
import { importSummary } from './import-summary.js';
import { meterAddress } from './jobs-table.js';
import { attempt, clearProblems, guarded, showProblem } from './problems.js';
import { upload } from './upload.js';

const CREATED = 201;
const ID_LENGTH = 64;

const form = byId('import-form');
const fields = form.elements;
const problems = byId('import-problems');
const mediaTypes = JSON.parse(fields.file.dataset.mediaTypes);
const answers = new Answers(() => guarded(problems, look));
const localZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** What was said of the file: in the form, and in answer to questions. */
const optionsChosen = () => ({
  time_column: fields.time_column.value,
  value_column: fields.value_column.value,
  counter: fields.counter.value,
  ...answers.options,
});

/** Which look at the file is the latest: an earlier one that is answered later shows nothing. */
let looks = 0;

/** What was seen before stays in place meanwhile: nothing may move under a finger that clicks. */
async function look() {
  const [file] = fields.file.files;
  if (!file) return;
  looks += 1;
  const mine = looks;
  await suggestId(file);
  const { part, isWhole } = await portion(file);
  const found = part && await previewFile(part, mediaType(file, mediaTypes), {
    meter_type: fields.meter_type.value,
    meter_id: fields.meter_id.validity.valid ? fields.meter_id.value : '',
    meter_unit: fields.unit.value,
    timezone: fields.timezone.value,
    ...optionsChosen(),
  });
  if (mine !== looks) return;
  clearProblems(problems);
  dropQuestion();
  sayCut(file, { part, isWhole });
  byId('preview').hidden = !found;
  if (found) show(found, isWhole);
}

function show(found, isWhole) {
  offerColumns(found);
  byId('preview-body').hidden = Boolean(found.problem);
  byId('feed-in').hidden = !leavesFeedIn(found);
  if (isQuestion(found.problem)) {
    ask(found.problem);
  } else if (found.problem) {
    showProblem(problems, inWordsOfThePage(found));
  } else {
    showPreview(found, fields.timezone.value, isWhole);
    takeUnit(found.unit);
  }
}

function sayCut({ size: bytes }, { part, isWhole }) {
  byId('cut-notice').hidden = isWhole;
  byId('cut-notice').textContent = part
    ? `This is of the first ${size(LOOK_BYTES)} of ${size(bytes)}; the import reads all of it, and asks where the rest says something else.`
    : `A file of ${size(bytes)} is not looked at before: the import reads all of it, and asks before it stores anything.`;
}

/** Ask which way the file is meant; the answer goes with what is sent from then on. */
function ask(problem) {
  askQuestion(problem, fields.timezone.value, (words, options) => guarded(problems, async () => {
    answers.give(words, options);
    for (const name of ['time_column', 'value_column', 'counter']) {
      if (name in options) fields[name].value = '';
    }
    dropQuestion();
    form.querySelector('[type=submit]').focus(); // what was pressed is gone
    await look();
    if (!byId('question').hidden) byId('choices').querySelector('button').focus();
  }));
}

/** What was found stands first; it is left to be found until somebody chooses another. */
function offerColumns({ names, columns }) {
  for (const [field, role] of [['time_column', 'time'], ['value_column', 'value']]) {
    const chosen = fields[field].value;
    const found = columns?.[role];
    fields[field].replaceChildren(
      new Option(found && !chosen ? `found: ${found}` : 'find it', ''),
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
  const { file, meter_type, meter_id, unit, timezone, country } = fields;
  const meter = { meter_type: meter_type.value, meter_id: meter_id.value };
  const facts = { unit: unit.value, timezone: timezone.value };
  if (country.value) facts.country = country.value.toUpperCase();
  const busy = byId('import-progress');
  const bar = busy.querySelector('progress');
  busy.hidden = false;
  dropQuestion();
  try {
    const { status } = await putMeter(meter, facts);
    const summary = await upload(meter, file.files[0], optionsChosen(), {
      type: mediaType(file.files[0], mediaTypes),
      isNew: status === CREATED,
      onProgress: (progress) => { bar.value = progress; },
    });
    showDone(meter, summary);
  } catch (error) {
    // What only the rest of a long file tells is asked when all of it was read.
    if (!isQuestion(error)) throw error;
    ask(error);
    byId('choices').querySelector('button').focus();
  } finally {
    busy.hidden = true;
    bar.removeAttribute('value');
  }
}

function showDone(meter, summary) {
  form.reset();
  prepare();
  answers.clear();
  dropQuestion();
  for (const part of ['preview', 'known-meter', 'cut-notice']) byId(part).hidden = true;
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

/** The id that was made of the name of the last file: another file is another meter. */
let suggested = '';

async function suggestId(file) {
  if (fields.meter_id.value && fields.meter_id.value !== suggested) return;
  suggested = file.name
    .replace(/\.[^.]*$/, '')
    .replace(/[^A-Za-z0-9_.:-]+/g, '_')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, ID_LENGTH);
  if (suggested === fields.meter_id.value) return;
  fields.meter_id.value = suggested;
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

/** Look at another file, of which nothing has been said yet. */
function lookAnew() {
  answers.clear();
  for (const name of ['time_column', 'value_column', 'counter']) fields[name].value = '';
  return guarded(problems, look);
}

byId('zones').replaceChildren(
  ...['UTC', ...Intl.supportedValuesOf('timeZone')].map((zone) => make('option', { value: zone })),
);
begin();
fields.meter_type.addEventListener('change', offerUnits);
for (const name of ['meter_type', 'meter_id']) {
  fields[name].addEventListener('change', () => guarded(problems, recall));
}
fields.file.addEventListener('change', lookAnew);
for (const name of ['meter_type', 'unit', 'timezone']) {
  fields[name].addEventListener('change', () => guarded(problems, look));
}
for (const name of ['time_column', 'value_column', 'counter']) {
  fields[name].addEventListener('change', () => {
    answers.withdraw(name);
    return guarded(problems, look);
  });
}
byId('feed-in').querySelector('button').addEventListener('click', () => {
  answers.give('Feed-in: subtracted', { feed_in: 'negative' });
  form.querySelector('[type=submit]').focus(); // what was pressed goes
  return guarded(problems, look);
});
form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (form.reportValidity()) attempt(form.querySelector('[type=submit]'), problems, send);
});
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault();
  if (!event.dataTransfer.files.length) return;
  fields.file.files = event.dataTransfer.files;
  lookAnew();
});
