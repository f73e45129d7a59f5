import { ConsumptionChart } from './chart.js';
import { peak } from './chart-data.js';
import { byId, fillFacts, make } from './dom.js';
import { clock, number, quantity, unitPerStep } from './format.js';
import { SOURCES, weatherText } from './words.js';

/** The chart of a meter with everything that is said about it in words. */
export class ForecastView {
  constructor(meter, step) {
    this.meter = meter;
    this.step = step;
    this.when = clock(meter.timezone);
    this.chart = new ConsumptionChart(byId('chart'), meter, step);
    this.history = { times: [], values: [] };
    fillFacts(byId('forecast-facts'), []);
    byId('forecast-table').hidden = true;
  }

  close() {
    this.chart.close();
    byId('chart').replaceChildren();
  }

  showHistory(history) {
    this.history = history;
    if (!history.times.length) {
      this.say('No readings yet. Import a file, or send them to the API.');
      return;
    }
    this.chart.draw(history);
    this.say(`The last ${this.days()} days of readings, times in ${this.meter.timezone}.`);
  }

  /**
   * @param {object} result of a forecast: `points`, `issued_at`, and where they are known
   *   `source` and `weather`
   */
  showForecast(result) {
    const { points, source, weather, issued_at: issued } = result;
    this.chart.draw(this.history, points);
    const top = peak(points);
    this.say(
      `${this.when.weekdayMoment(points[0].time)} to ${this.when.weekdayMoment(points.at(-1).time)}, `
      + `times in ${this.meter.timezone}. Highest: ${quantity(top.p50, this.meter.unit)} `
      + `on ${this.when.weekdayMoment(top.time)}, with 80 % probability between `
      + `${number(top.p10)} and ${quantity(top.p90, this.meter.unit)}.`,
    );
    fillFacts(byId('forecast-facts'), [
      ['Forecast by', SOURCES[source]],
      ['Weather', weather && weatherText(weather)],
      ['Issued', issued && this.when.moment(issued)],
    ]);
    this.table(points);
  }

  table(points) {
    const heads = ['Time', 'Low (P10)', 'Forecast (P50)', 'High (P90)'];
    const rows = points.map(({ time, p10, p50, p90 }) =>
      make(
        'tr',
        {},
        make('th', { scope: 'row' }, this.when.weekdayMoment(time)),
        ...[p10, p50, p90].map((value) => make('td', {}, number(value))),
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

  days() {
    const { times } = this.history;
    return Math.max(1, Math.round((Date.parse(times.at(-1)) - Date.parse(times[0])) / 86400e3));
  }

  say(words) {
    byId('chart-caption').textContent = words;
  }
}
