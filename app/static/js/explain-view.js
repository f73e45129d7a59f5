import { explain } from './api.js';
import { byId, inBox, make } from './dom.js';
import { clock, inColumn, percent, quantity, unitText } from './format.js';
import { attempt } from './problems.js';

const DAY_MS = 86400e3;
const FEATURES_SHOWN = 10;

/** What drove a forecast: what each group of causes added or took away, hour by hour summed up. */
export class ExplainView {
  /** @param {Date|null} start where readings end; its day is explained until a forecast is shown */
  constructor(meter, start) {
    this.meter = meter;
    this.range = start ? [start, new Date(start.getTime() + DAY_MS)] : [];
    const button = byId('explain');
    button.addEventListener('click', () =>
      attempt(button, byId('explain-problems'), () => this.show()));
  }

  /** Explain this forecast's first day. */
  offer(points) {
    const start = new Date(points[0].time);
    const last = new Date(points.at(-1).time);
    this.range = [start, new Date(Math.min(start.getTime() + DAY_MS, last.getTime()))];
    if (this.range[1] <= start) this.range = [];
  }

  async show() {
    const found = await explain(this.meter, ...this.range);
    const body = byId('explain-body');
    if (found.status === 'computing') {
      body.replaceChildren(make('p', { class: 'hint' }, 'A worker is on it; ask again in a moment.'));
      return;
    }
    body.replaceChildren(...this.groups(found), ...importance(found));
  }

  groups({ groups, points, start, end, unit }) {
    const { weekdayMoment } = clock(this.meter.timezone);
    const names = groups.map((group) => group.group ?? group.name ?? group);
    const rows = names
      .map((name) => {
        const values = points.map((point) => point[name] ?? 0);
        const sum = values.reduce((total, value) => total + value, 0);
        const mean = values.reduce((total, value) => total + Math.abs(value), 0) / values.length;
        return { name, sum, mean };
      })
      .filter(({ mean }) => mean > 0)
      .sort((a, b) => b.mean - a.mean);
    const most = Math.max(...rows.map(({ mean }) => mean));
    const amount = inColumn(rows.map(({ mean }) => mean));
    const inAll = inColumn(rows.map(({ sum }) => sum));
    const whole = points.reduce((total, point) => total + point.p50, 0);
    return [
      make('p', {}, `${weekdayMoment(start)} to ${weekdayMoment(end)}: ${quantity(whole, unit)} in all, `
        + 'which the causes add up to.'),
      inBox('What drives the forecast', make(
        'table',
        {},
        make('thead', {}, make('tr', {}, ...['Cause', `Moves each value by, ${unitText(unit)}`, `In all, ${unitText(unit)}`].map((head) =>
          make('th', { scope: 'col' }, head)))),
        make('tbody', {}, ...rows.map(({ name, sum, mean }) => make(
          'tr',
          {},
          make('th', { scope: 'row' }, name.replaceAll('_', ' ')),
          make('td', {}, make('meter', { min: 0, max: most, value: mean, 'aria-label': name.replaceAll('_', ' ') }), make('span', { class: 'figure' }, amount(mean))),
          make('td', {}, (sum > 0 ? '+' : '') + inAll(sum)),
        ))),
      ), 'wide'),
    ];
  }
}

function importance({ importance: found = [] }) {
  const top = found.slice(0, FEATURES_SHOWN);
  if (!top.length) return [];
  return [make(
    'details',
    {},
    make('summary', {}, 'What the model learnt most from'),
    make('ol', {}, ...top.map(({ feature, gain }) =>
      make('li', {}, `${feature.replaceAll('_', ' ')}: ${percent(gain)}`))),
  )];
}
