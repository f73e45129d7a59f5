import * as api from './api.js';
import { accuracyByLead } from './accuracy-view.js';
import { byId, fillFacts, make } from './dom.js';
import { ExplainView } from './explain-view.js';
import { ForecastView } from './forecast-view.js';
import { clock, count, isDaily, seconds, unitPerStep, unitText } from './format.js';
import { heatMap } from './heat-map.js';
import { follow } from './job-card.js';
import { guarded, report, setBusy } from './problems.js';
import { qualityView } from './quality-view.js';
import { modelView, testView } from './scores-view.js';
import { VersionsView } from './versions-view.js';
import { hasEnded } from './watch.js';

/** Step assumed for a meter whose readings have not told it yet. */
const HOUR_S = 3600;
const DAY_MS = 86400e3;
/** Eight weeks: each weekday often enough to see a habit. */
const HEAT_MAP_DAYS = 56;
/** Kinds of jobs that a button of the same name starts. */
const ACTIONS = ['train', 'test', 'forecast'];

const daysAfter = (start, days) => new Date(start.getTime() + days * DAY_MS);

/** The page of a meter: its facts, its jobs, its chart and how good its model is. */
export class MeterPanel {
  constructor(ids) {
    this.ids = ids;
    this.busy = new Set();
    this.problems = byId('problems');
    this.jobs = byId('jobs');
  }

  /** May be called again where it failed. @throws {ApiError} a part of the page cannot be had */
  async open() {
    if (!this.meter) this.prepare(await api.getMeter(this.ids));
    await Promise.all([
      this.view.load(), this.loadModel(), this.resumeJobs(),
      ...[this.loadQuality(), this.loadAccuracy(), this.loadHeatMap()].map((part) => part.catch(later)),
    ]);
  }

  prepare(meter) {
    this.meter = meter;
    this.step = seconds(this.meter.resolution) ?? HOUR_S;
    this.when = clock(this.meter.timezone);
    this.view = new ForecastView(this.meter, this.step, {
      onForecast: (points) => this.explanation.offer(points),
    });
    this.versions = new VersionsView(this.meter, () => this.loadModel());
    this.explanation = new ExplainView(
      this.meter, this.meter.readings.last ? this.view.origin() : null,
    );
    this.showFacts();
  }

  showFacts() {
    const { meter_type: type, meter_id: id, unit, timezone, resolution, country, readings } = this.meter;
    const moment = isDaily(this.step) ? this.when.day : this.when.moment;
    fillFacts(byId('meter-facts'), [
      ['Meter', `${type}/${id}`],
      ['Time zone', timezone],
      ['Holidays', country],
      ['Values', resolution ? unitPerStep(unit, this.step) : unitText(unit)],
      ['Readings', count(readings.count)],
      ['First reading', readings.first && this.when.day(readings.first)],
      ['Last reading', readings.last && moment(readings.last)],
    ]);
    this.showButtons();
  }

  showButtons() {
    for (const kind of ACTIONS) {
      setBusy(byId(kind), this.busy.has(kind));
      byId(kind).disabled = !this.meter.readings.count;
    }
  }

  async loadModel() {
    const models = await api.getModels(this.ids);
    const champion = models.aliases?.champion ?? models.champion;
    const serving = models.versions.find((version) => version.version === champion);
    byId('model-body').replaceChildren(...modelView(serving, this.meter, models.untrainable));
    this.versions.show(models);
    byId('explain-card').hidden = !serving;
  }

  /** A worker makes the report: it may take a moment, and fails alone. */
  async loadQuality() {
    if (!this.meter.readings.count) return;
    const found = await api.getQuality(this.ids);
    if (found.status === 'computing') return;
    byId('quality-body').replaceChildren(...qualityView(found, this.meter));
    byId('quality').hidden = false;
    this.view.markExcluded(found.findings ?? []);
  }

  async loadAccuracy() {
    if (!this.meter.readings.count) return;
    const found = await api.getAccuracy(this.ids);
    byId('accuracy-body').replaceChildren(...accuracyByLead(found, this.meter));
    byId('accuracy').hidden = false;
  }

  async loadHeatMap() {
    if (!this.meter.readings.count || this.step > HOUR_S) return;
    const end = new Date(Date.parse(this.meter.readings.last) + 1000 * this.step);
    const hourly = await api.getReadings(this.ids, daysAfter(end, -HEAT_MAP_DAYS), end, '1h');
    byId('heat').hidden = false; // first, so that it has a width to be drawn in
    byId('heat').hidden = !heatMap(byId('heat-body'), hourly, this.meter);
  }

  /** Take up again what runs already, so that a reload loses no progress bar. */
  async resumeJobs() {
    const { jobs } = await api.listJobs();
    const { meter_type: type, meter_id: id } = this.ids;
    for (const job of jobs) {
      const isOurs = job.meter_type === type && job.meter_id === id;
      if (isOurs && !hasEnded(job)) {
        this.act(job.kind, () => this.attend({ ...job, ...api.addressesOf(job.task_id) }));
      }
    }
  }

  /** Do what the button of this name starts; it stays busy until that has ended. */
  async act(kind, action) {
    if (this.busy.has(kind)) return;
    await guarded(this.problems, async () => {
      this.busy.add(kind);
      this.showButtons();
      try {
        await action();
      } finally {
        this.busy.delete(kind);
        this.showButtons();
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
      const { days } = byId('forecast-form').elements;
      if (!days.reportValidity()) return;
      const start = this.view.origin();
      const { status, data } = await api.requestForecast(
        this.ids, start, daysAfter(start, days.valueAsNumber),
      );
      if (status === 200) this.view.showForecast(data);
      else await this.attend({ ...data, kind: 'forecast' });
    });
  }

  /** Follow a job to its end, then show what came out; a failure is said on the job's card. */
  async attend(job) {
    const ended = await follow(this.jobs, job).finished;
    if (ended.status === 'succeeded') await this.showOutcome(ended);
    else if (job.kind === 'train') await this.loadModel(); // which says who answers instead
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

/** What a part of the page cannot have yet (no forecasts scored, a busy worker) leaves it hidden. */
function later(error) {
  if (!error.code) report(byId('problems'), error);
}
