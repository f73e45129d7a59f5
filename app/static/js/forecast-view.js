import * as api from './api.js';
import { ConsumptionChart } from './chart.js';
import { peak, pointsOf } from './chart-data.js';
import { zoned } from './chart-style.js';
import { byId, fillFacts, importAddress, make } from './dom.js';
import { clock, inColumn, isDaily, number, quantity, unitPerStep } from './format.js';
import { guarded } from './problems.js';
import { WeatherChart } from './weather-chart.js';
import { madeBy, weatherText } from './words.js';

const DAY_MS = 86400e3;
/** Forecasts reach this far at most on the chart, and weather with them. */
const AHEAD_DAYS = 31;
const LONGEST_READ_DAYS = 3650;

/** The chart of a meter with everything that is said about it in words. */
export class ForecastView {
  /** @param {{onForecast?: (points: object[]) => void}} options told of the forecast that is shown */
  constructor(meter, step, { onForecast = () => {} } = {}) {
    this.meter = meter;
    this.step = step;
    this.onForecast = onForecast;
    this.when = clock(meter.timezone);
    this.moment = isDaily(step) ? this.when.weekday : this.when.weekdayMoment;
    this.weather = new WeatherChart(byId('weather'), byId('weather-variable'), meter.timezone);
    this.chart = new ConsumptionChart(byId('chart'), meter, step, {
      onRange: (start, end) => this.weather.follow(start, end),
    });
    byId('chart-buttons').addEventListener('click', ({ target }) => this.chart.move(target.dataset.key));
    this.history = { times: [], values: [] };
    this.points = [];
    this.issued = [];
    this.marks = { holidays: [], excluded: [] };
    this.tools = byId('chart-tools');
    const reload = () => guarded(byId('problems'), () => this.load());
    this.tools.addEventListener('change', reload);
    this.tools.addEventListener('submit', (event) => event.preventDefault());
    const { as_of: asOf, now } = this.tools.elements;
    now.addEventListener('click', () => {
      asOf.value = '';
      asOf.focus();
      reload();
    });
  }

  /** Where the readings end and a forecast begins. */
  origin() {
    return new Date(Date.parse(this.meter.readings.last) + 1000 * this.step);
  }

  /** Read what the chart's controls ask for, and draw it. */
  async load() {
    const { readings } = this.meter;
    if (!readings.last) {
      this.showNothing();
      return;
    }
    const { range, as_of: asOf, now } = this.tools.elements;
    now.hidden = !asOf.value;
    const end = this.origin();
    const days = range.value === 'all' ? LONGEST_READ_DAYS : Number(range.value);
    const start = new Date(Math.max(end - days * DAY_MS, Date.parse(readings.first)));
    const ahead = new Date(end.getTime() + AHEAD_DAYS * DAY_MS);
    const [history, issued, future] = await Promise.all([
      api.getReadings(this.meter, start, end),
      api.getForecasts(this.meter, start, end, asOf.value),
      api.getForecasts(this.meter, end, ahead, asOf.value),
    ]);
    this.history = history;
    this.issued = pointsOf(issued);
    if (future.times.length) {
      this.showForecast({ points: pointsOf(future), issued_at: future.issued_at.at(-1) });
    } else {
      this.points = [];
      this.draw();
      this.say(`Readings from ${this.when.day(start)}, times in ${this.meter.timezone}.`);
    }
    await Promise.all([this.loadWeather(start, ahead), this.loadHolidays(start, ahead)]);
  }

  showNothing() {
    for (const id of ['chart-tools', 'forecast-form', 'chart', 'chart-buttons', 'chart-help']) byId(id).hidden = true;
    byId('chart-caption').replaceChildren(
      'No readings yet. ',
      make('a', { href: importAddress(this.meter) }, 'Import a file'),
      ', or send them to the API.',
    );
  }

  draw() {
    this.chart.draw(this.history, this.points, this.issued);
    this.showMarks();
  }

  async loadWeather(start, end) {
    const weather = await api.getWeather(this.meter, start, end);
    const known = weather.times.length > 0 && Object.keys(weather.columns).length > 0;
    byId('weather-figure').hidden = !known;
    if (known) this.weather.show(weather);
  }

  async loadHolidays(start, end) {
    const { holidays } = await api.getHolidays(this.meter, start, end);
    this.marks.holidays = holidays;
    this.showMarks();
  }

  /** @param {object[]} findings of the quality report; those left out of training are marked */
  markExcluded(findings) {
    this.marks.excluded = findings.filter((finding) => finding.excluded)
      .flatMap((finding) => finding.places);
    this.showMarks();
  }

  showMarks() {
    const { holidays, excluded } = this.marks;
    const local = zoned(this.meter.timezone);
    const midnight = (day) => instantOf(day, local);
    const last = this.points.at(-1)?.time ?? this.history.times.at(-1);
    const seen = holidays.filter(({ date }) => midnight(date) * 1000 <= Date.parse(last));
    this.chart.mark([
      ...seen.map(({ date }) => ({
        start: midnight(date), end: midnight(dayAfter(date)), colour: '--holiday',
      })),
      ...excluded.map(([start, end]) => ({
        start: Date.parse(start) / 1000, end: Date.parse(end) / 1000, colour: '--excluded',
      })),
    ]);
    byId('chart-marks').replaceChildren(
      ...(seen.length ? [make('span', { class: 'key holiday' }, `public holidays (${seen.length})`)] : []),
      ...(excluded.length ? [make('span', { class: 'key excluded' }, 'left out of training')] : []),
    );
  }

  /**
   * @param {object} result of a forecast: `points`, `issued_at`, and where they are known
   *   `source`, `reason` and `weather`
   */
  showForecast(result) {
    const { points, weather, issued_at: issued } = result;
    this.points = points;
    this.draw();
    const top = peak(points);
    this.say(
      `${this.moment(points[0].time)} to ${this.moment(points.at(-1).time)}, `
      + `times in ${this.meter.timezone}. Highest: ${quantity(top.p50, this.meter.unit)} `
      + `on ${this.moment(top.time)}, with 80 % probability between `
      + `${number(top.p10)} and ${quantity(top.p90, this.meter.unit)}.`,
    );
    fillFacts(byId('forecast-facts'), [
      ['Forecast by', madeBy(result)],
      ['Weather', weather && weatherText(weather)],
      ['Issued', issued && this.when.moment(issued)],
    ]);
    this.table(points);
    this.onForecast(points);
  }

  table(points) {
    const heads = ['Time', 'Low (P10)', 'Forecast (P50)', 'High (P90)'];
    const amount = inColumn(points.map(({ p90 }) => p90));
    const rows = points.map(({ time, p10, p50, p90 }) =>
      make(
        'tr',
        {},
        make('th', { scope: 'row' }, this.moment(time)),
        ...[p10, p50, p90].map((value) => make('td', {}, amount(value))),
      ));
    const details = byId('forecast-table');
    details.hidden = false;
    details.querySelector('.scroll').replaceChildren(
      make(
        'table',
        {},
        make('caption', {}, `${unitPerStep(this.meter.unit, this.step)}, times in ${this.meter.timezone}`),
        make('thead', {}, make('tr', {}, ...heads.map((head) => make('th', { scope: 'col' }, head)))),
        make('tbody', {}, ...rows),
      ),
    );
  }

  say(words) {
    byId('chart-caption').textContent = words;
  }
}

const dayAfter = (day) => new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 10);

/** Second at which a local day begins: UTC midnight, moved by the zone's offset there. */
function instantOf(day, local) {
  const utc = Date.parse(`${day}T00:00:00Z`) / 1000;
  const there = local(utc);
  const shown = Date.UTC(
    there.getFullYear(), there.getMonth(), there.getDate(), there.getHours(), there.getMinutes(),
  ) / 1000;
  return utc - (shown - utc);
}
