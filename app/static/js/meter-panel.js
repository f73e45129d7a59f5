import * as api from './api.js';
import { pointsOf } from './chart-data.js';
import { byId, fillFacts, make } from './dom.js';
import { ForecastView } from './forecast-view.js';
import { clock, count, seconds, stepText, unitText } from './format.js';
import { follow } from './job-card.js';
import { clearProblems, guarded, setBusy } from './problems.js';
import { qualityView } from './quality-view.js';
import { modelView, testView } from './scores-view.js';
import { hasEnded } from './watch.js';

/** Step assumed for a meter whose readings have not told it yet. */
const HOUR_S = 3600;
const DAY_MS = 86400e3;
/** Kinds of jobs that a button of the same name starts. */
const ACTIONS = ['train', 'test', 'forecast'];

const daysAfter = (start, days) => new Date(start.getTime() + days * DAY_MS);

/** The chosen meter: its facts, its jobs, its chart and how good its model is. */
export class MeterPanel {
  constructor(ids) {
    this.ids = ids;
    this.closed = false;
    this.watches = new Set();
    this.busy = new Set();
    this.problems = byId('problems');
    this.jobs = byId('jobs');
    this.view = null;
    clearProblems(this.problems);
    clearProblems(byId('notices'));
    this.jobs.replaceChildren();
    byId('test-result').hidden = true;
  }

  /** @throws {ApiError} there is no such meter */
  async open() {
    const meter = await api.getMeter(this.ids);
    if (this.closed) return;
    this.meter = meter;
    this.step = seconds(meter.resolution) ?? HOUR_S;
    this.when = clock(meter.timezone);
    this.view = new ForecastView(meter, this.step);
    this.showFacts();
    byId('meter').hidden = false;
    await Promise.all([
      this.loadHistory(), this.loadModel(), this.resumeJobs(), this.loadQuality(),
    ]);
  }

  close() {
    this.closed = true;
    this.watches.forEach((watch) => watch.stop());
    this.view?.close();
    byId('meter').hidden = true;
  }

  showFacts() {
    const { name, meter_type: type, meter_id: id, unit, timezone, resolution, readings } = this.meter;
    byId('meter-title').textContent = name || id;
    document.title = `${name || id} – Energy Forecasting`;
    fillFacts(byId('meter-facts'), [
      ['Meter', `${type}/${id}`],
      ['Unit', unitText(unit)],
      ['Time zone', timezone],
      ['One reading per', resolution && stepText(this.step)],
      ['Readings', count(readings.count)],
      ['First reading', readings.first && this.when.moment(readings.first)],
      ['Last reading', readings.last && this.when.moment(readings.last)],
    ]);
    this.showButtons();
  }

  showButtons() {
    for (const kind of ACTIONS) {
      setBusy(byId(kind), this.busy.has(kind));
      if (!this.meter.readings.count) byId(kind).disabled = true;
    }
  }

  /** The latest readings, and the forecast beyond them that was issued last. */
  async loadHistory() {
    const [history, issued] = await Promise.all([api.getReadings(this.ids), this.lastIssued()]);
    if (this.closed) return;
    this.view.showHistory(history);
    if (issued?.times.length) {
      this.view.showForecast({ points: pointsOf(issued), issued_at: issued.issued_at.at(-1) });
    }
  }

  async lastIssued() {
    if (!this.meter.readings.last) return null;
    const start = this.origin();
    return api.getForecasts(this.ids, start, daysAfter(start, Number(this.days().max)));
  }

  /** Where the readings end and a forecast begins. */
  origin() {
    return new Date(Date.parse(this.meter.readings.last) + 1000 * this.step);
  }

  days() {
    return byId('forecast-form').elements.days;
  }

  async loadModel() {
    const { champion, versions } = await api.getModels(this.ids);
    if (this.closed) return;
    const serving = versions.find((version) => version.version === champion);
    byId('model-body').replaceChildren(...modelView(serving, this.meter));
  }

  /** A worker makes the report: it may take a moment, and fails alone. */
  async loadQuality() {
    byId('quality').hidden = true;
    if (!this.meter.readings.count) return;
    const report = await api.getQuality(this.ids).catch(() => null);
    if (this.closed || !report || report.status === 'computing') return;
    byId('quality-body').replaceChildren(...qualityView(report, this.meter));
    byId('quality').hidden = false;
  }

  /** Take up again what runs already, so that a reload loses no progress bar. */
  async resumeJobs() {
    const { jobs } = await api.listJobs();
    const { meter_type: type, meter_id: id } = this.ids;
    for (const job of jobs) {
      const isOurs = job.meter_type === type && job.meter_id === id;
      if (isOurs && !hasEnded(job) && !this.closed) {
        this.act(job.kind, () => this.attend({ ...job, ...api.addressesOf(job.task_id) }));
      }
    }
  }

  /** Do what the button of this name starts; it stays busy until that has ended. */
  act(kind, action) {
    return guarded(this.problems, async () => {
      this.busy.add(kind);
      this.showButtons();
      try {
        await action();
      } finally {
        this.busy.delete(kind);
        if (!this.closed) this.showButtons();
      }
    });
  }

  train() {
    return this.act('train', async () => {
      await this.attend({ ...(await api.startTraining(this.ids)), kind: 'train' });
    });
  }

  test() {
    return this.act('test', async () => {
      await this.attend({ ...(await api.startTest(this.ids)), kind: 'test' });
    });
  }

  forecast() {
    return this.act('forecast', async () => {
      if (!this.days().reportValidity()) return;
      const start = this.origin();
      const end = daysAfter(start, this.days().valueAsNumber);
      const { status, data } = await api.requestForecast(this.ids, start, end);
      if (this.closed) return;
      if (status === 200) this.view.showForecast(data);
      else await this.attend({ ...data, kind: 'forecast' });
    });
  }

  /** Follow a job to its end, then show what came out; a failure is said on the job's card. */
  async attend(job) {
    if (this.closed) return;
    const watch = follow(this.jobs, job);
    this.watches.add(watch);
    const ended = await watch.finished;
    this.watches.delete(watch);
    if (ended.status === 'succeeded' && !this.closed) await this.showOutcome(ended);
  }

  async showOutcome(job) {
    if (job.kind === 'forecast') this.view.showForecast(await api.getResult(job));
    if (job.kind === 'test') {
      byId('test-body').replaceChildren(...testView(await api.getResult(job), this.meter));
      byId('test-result').hidden = false;
    }
    if (job.kind === 'train') {
      await this.loadModel();
      if (job.result?.promoted === false) this.sayNotPromoted(job.result.reason);
      await this.forecast();
    }
  }

  sayNotPromoted(reason) {
    byId('model-body').prepend(
      make('p', { class: 'notice' }, `The older model stays in use. ${reason ?? ''}`),
    );
  }
}
