import { ApiError, deleteMeter, getResult, importCsv, putMeter } from './api.js';
import { byId, make } from './dom.js';
import { unitText } from './format.js';
import { attempt, clearProblems } from './problems.js';
import { watch } from './watch.js';

const CREATED = 201;
const ID_LENGTH = 64;

/** The dialog that makes a meter from a CSV file. */
export class ImportDialog {
  /** @param {(meter: object, summary: object) => void} onImported */
  constructor(onImported) {
    this.onImported = onImported;
    this.dialog = byId('import');
    this.form = byId('import-form');
    this.fields = this.form.elements;
    this.problems = byId('import-problems');
    this.submit = this.form.querySelector('[type=submit]');
    this.offerZones();
    this.offerUnits();
    this.fields.meter_type.addEventListener('change', () => this.offerUnits());
    this.fields.file.addEventListener('change', () => this.suggestId());
    byId('import-close').addEventListener('click', () => this.dialog.close());
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.form.reportValidity()) attempt(this.submit, this.problems, () => this.send());
    });
    document.addEventListener('dragover', (event) => event.preventDefault());
    document.addEventListener('drop', (event) => this.take(event));
  }

  open() {
    clearProblems(this.problems);
    if (!this.dialog.open) this.dialog.showModal();
  }

  take(event) {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    this.open();
    this.fields.file.files = event.dataTransfer.files;
    this.suggestId();
  }

  async send() {
    const { file, meter_type, meter_id, unit, timezone, country } = this.fields;
    const meter = { meter_type: meter_type.value, meter_id: meter_id.value };
    const facts = { unit: unit.value, timezone: timezone.value };
    if (country.value) facts.country = country.value.toUpperCase();
    const busy = byId('import-progress');
    busy.hidden = false;
    try {
      const { status } = await putMeter(meter, facts);
      const summary = await this.upload(meter, file.files[0], status === CREATED);
      this.dialog.close();
      this.form.reset();
      this.offerUnits();
      this.fields.timezone.value = localZone();
      this.onImported(meter, summary);
    } finally {
      busy.hidden = true;
    }
  }

  /** Send the file; a meter that was made for it does not outlive a file that has no readings. */
  async upload(meter, file, isNew) {
    try {
      const answer = await importCsv(meter, file);
      return answer.task_id ? await this.storedByJob(answer) : answer;
    } catch (error) {
      if (isNew) await deleteMeter(meter);
      throw error;
    }
  }

  /** A large file is stored by a job: show how far it is, and take its summary in the end. */
  async storedByJob(job) {
    const bar = byId('import-progress').querySelector('progress');
    const ended = await watch(job, (state) => { bar.value = state.progress; }).finished;
    bar.removeAttribute('value');
    if (ended.status !== 'succeeded') throw new ApiError(ended.error);
    return getResult(job);
  }

  suggestId() {
    const [file] = this.fields.file.files;
    if (!file || this.fields.meter_id.value) return;
    this.fields.meter_id.value = file.name
      .replace(/\.[^.]*$/, '')
      .replace(/[^A-Za-z0-9_.:-]+/g, '_')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, ID_LENGTH);
  }

  offerUnits() {
    const { unit, units } = this.fields.meter_type.selectedOptions[0].dataset;
    this.fields.unit.replaceChildren(
      ...units.split(',').map((name) =>
        make('option', { value: name, selected: name === unit }, unitText(name))),
    );
  }

  offerZones() {
    const zones = ['UTC', ...Intl.supportedValuesOf('timeZone')];
    byId('zones').replaceChildren(...zones.map((zone) => make('option', { value: zone })));
    this.fields.timezone.value = localZone();
  }
}

const localZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
