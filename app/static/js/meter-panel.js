import * as api from './api.js';
import { accuracy } from './accuracy.js';
import { byId, fillFacts, make } from './dom.js';
import { ForecastView } from './forecast-view.js';
import { clock, count, seconds, stepText, unitText } from './format.js';
import { follow } from './job-card.js';
import { attempt, clearProblems, report } from './problems.js';
import { hasEnded } from './watch.js';
import { weatherText } from './words.js';

/** Step assumed for a meter whose readings have not told it yet. */
const HOUR_S = 3600;
const DAY_MS = 86400e3;

/** The chosen meter: its facts, its jobs, its chart and how good its model is. */
export class MeterPanel {
  constructor(ids) {
    this.ids = ids;
    this.closed = false;
    this.watches = new Set();
    this.problems = byId('problems');
    this.jobs = byId('jobs');
    this.view = null;
    clearProblems(this.problems);
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
    await Promise.all([this.loadHistory(), this.loadModel(), this.resumeJobs()]);
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
      ['First', readings.first && this.when.moment(readings.first)],
      ['Last', readings.last && this.when.moment(readings.last)],
    ]);
    for (const button of ['train', 'test', 'forecast']) byId(button).disabled = !readings.count;
  }

  async loadHistory() {
    const history = await api.getReadings(this.ids);
    if (!this.closed) this.view.showHistory(history);
  }

  async loadModel() {
    const { champion, versions } = await api.getModels(this.ids);
    if (!this.closed) this.showModel(versions.find((version) => version.version === champion));
  }

  /** Take up again what runs already, so that a reload loses no progress bar. */
  async resumeJobs() {
    const { jobs } = await api.listJobs();
    const { meter_type: type, meter_id: id } = this.ids;
    for (const job of jobs) {
      const isOurs = job.meter_type === type && job.meter_id === id;
      if (isOurs && !hasEnded(job) && !this.closed) {
        this.attend({ ...job, ...api.addressesOf(job.task_id) })
          .catch((error) => report(this.problems, error));
      }
    }
  }

  train() {
    return attempt(byId('train'), this.problems, async () => {
      await this.attend({ ...(await api.startTraining(this.ids)), kind: 'train' });
    });
  }

  test() {
    return attempt(byId('test'), this.problems, async () => {
      await this.attend({ ...(await api.startTest(this.ids)), kind: 'test' });
    });
  }

  forecast() {
    return attempt(byId('forecast'), this.problems, async () => {
      const start = new Date(Date.parse(this.meter.readings.last) + 1000 * this.step);
      const days = byId('forecast-form').elements.days.valueAsNumber;
      const end = new Date(start.getTime() + days * DAY_MS);
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
    if (job.kind === 'test') this.showTest(await api.getResult(job));
    if (job.kind === 'train') {
      await this.loadModel();
      if (job.result?.promoted === false) this.sayNotPromoted(job.result.reason);
      await this.forecast();
    }
  }

  showModel(version) {
    const body = byId('model-body');
    if (!version) {
      body.replaceChildren(make('p', { class: 'hint' }, 'None yet: train one to get a forecast.'));
      return;
    }
    const facts = make('dl', { class: 'facts' });
    fillFacts(facts, [
      ['Version', version.version],
      ['Trained on', this.range(version.train_start, version.train_end)],
      ['Readings', version.readings != null && count(version.readings)],
      ['Weather', version.weather_columns?.join(', ').replaceAll('_', ' ') || 'none used'],
    ]);
    body.replaceChildren(...this.scores(version), facts);
  }

  sayNotPromoted(reason) {
    byId('model-body').prepend(
      make('p', { class: 'notice' }, `The older model stays in use. ${reason ?? ''}`),
    );
  }

  showTest(result) {
    const facts = make('dl', { class: 'facts' });
    fillFacts(facts, [
      ['Range', this.range(result.start, result.end)],
      ['Forecasts issued', result.origins != null && count(result.origins)],
      ['Weather', weatherText(result.weather)],
    ]);
    byId('test-body').replaceChildren(...this.scores(result), facts);
    byId('test-result').hidden = false;
  }

  scores({ metrics, baseline_metrics: naive }) {
    return metrics
      ? accuracy(metrics, naive, this.meter.unit)
      : [make('p', { class: 'hint' }, 'This version was stored without scores.')];
  }

  range(start, end) {
    return start && end && `${this.when.day(start)} to ${this.when.day(end)}`;
  }
}
