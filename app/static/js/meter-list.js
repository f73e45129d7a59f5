import { byId, icon, make } from './dom.js';
import { clock, count, unitText } from './format.js';

/** From so many meters on, a search is worth its place. */
const SEARCH_FROM = 8;

const keyOf = (meter) => `${meter.meter_type}/${meter.meter_id}`;
const textOf = (meter) => `${meter.name ?? ''} ${keyOf(meter)}`.toLowerCase();

/** The list of meters at the side; each entry is a link, so it can be kept, shared and reloaded. */
export class MeterList {
  constructor() {
    this.list = byId('meter-list');
    this.search = byId('meter-search');
    this.note = byId('meter-count');
    this.chosen = null;
    this.search.addEventListener('input', () => this.filter());
  }

  /** @param {{meters: object[], total: number}} page of the catalogue */
  show({ meters, total }) {
    this.meters = meters;
    this.total = total;
    this.list.replaceChildren(...meters.map(entry));
    this.search.hidden = meters.length < SEARCH_FROM;
    this.filter();
    this.mark(this.chosen);
  }

  /** Mark the meter that the page shows; null for none. */
  mark(key) {
    this.chosen = key;
    for (const link of this.list.querySelectorAll('a')) {
      if (link.dataset.key === key) {
        link.setAttribute('aria-current', 'page');
        link.scrollIntoView({ block: 'nearest', inline: 'center' });
      } else {
        link.removeAttribute('aria-current');
      }
    }
  }

  filter() {
    const words = this.search.querySelector('input').value.trim().toLowerCase();
    let shown = 0;
    this.meters.forEach((meter, i) => {
      const matches = textOf(meter).includes(words);
      this.list.children[i].hidden = !matches;
      shown += Number(matches);
    });
    this.note.textContent = words || this.total > this.meters.length
      ? `${count(shown)} of ${count(this.total)} meters`
      : '';
  }
}

function entry(meter) {
  const last = meter.readings?.last;
  const facts = (text) => make('span', { class: 'meter-facts' }, text);
  return make(
    'li',
    {},
    make(
      'a',
      { href: `#${keyOf(meter)}`, 'data-key': keyOf(meter) },
      icon(meter.meter_type),
      make(
        'span',
        { class: 'meter-words' },
        make('span', { class: 'meter-name' }, meter.name || meter.meter_id),
        facts(`${meter.meter_id} · ${unitText(meter.unit)}`),
        ...(last ? [facts(`last reading ${clock(meter.timezone).day(last)}`)] : []),
      ),
    ),
  );
}
