import { promote, rollBack } from './api.js';
import { byId, make } from './dom.js';
import { clock, inColumn, size } from './format.js';
import { attempt } from './problems.js';

const AUDIT_SHOWN = 20;

/** The versions of a meter's model: which serves, how good each was, and how to go back. */
export class VersionsView {
  /** @param {() => Promise<void>} onMoved called when another version serves */
  constructor(meter, onMoved) {
    this.meter = meter;
    this.onMoved = onMoved;
    this.problems = byId('versions-problems');
    this.back = byId('roll-back');
    this.back.addEventListener('click', () => this.move(this.back, () => rollBack(this.meter)));
  }

  /** @param {{versions: object[], aliases?: object, audit?: object[], bytes?: number}} models */
  show({ versions, aliases = {}, audit = [], bytes }) {
    byId('versions').hidden = versions.length === 0;
    this.back.hidden = !aliases.previous;
    const amount = inColumn(versions.flatMap((version) =>
      [version.metrics?.mae, version.baseline_metrics?.mae]));
    byId('versions-body').replaceChildren(...versions.map((version) => this.row(version, amount)));
    byId('versions-size').textContent = bytes ? `${size(bytes)} in all` : '';
    this.showAudit(audit);
  }

  row(version, amount) {
    const { moment } = clock(this.meter.timezone);
    const serves = version.aliases.includes('champion');
    const button = make('button', { type: 'button', class: 'quiet', 'aria-label': `Promote ${version.version}` }, 'Promote');
    button.addEventListener('click', () => this.move(button, () => promote(this.meter, version.version)));
    return make(
      'tr',
      { 'data-version': version.version },
      make('th', { scope: 'row' }, make('code', {}, version.version), ' ', ...version.aliases.map((alias) =>
        make('span', { class: `badge ${alias}` }, alias)),
      ...(version.reason ? [make('small', {}, version.reason)] : [])),
      make('td', { 'data-label': 'Readings until' }, version.train_end ? moment(version.train_end) : '–'),
      make('td', { 'data-label': 'Mean error' }, amount(version.metrics?.mae)),
      make('td', { 'data-label': 'Weekly naive' }, amount(version.baseline_metrics?.mae)),
      make('td', {}, ...(serves ? [] : [button])),
    );
  }

  async move(button, action) {
    await attempt(button, this.problems, async () => {
      await action();
      await this.onMoved();
      const said = byId('versions-said');
      said.textContent = 'Another version serves from now on.';
      said.focus(); // the button that was pressed is gone
    });
  }

  showAudit(audit) {
    byId('audit').hidden = audit.length === 0;
    const { moment } = clock(this.meter.timezone);
    byId('audit-list').replaceChildren(...audit.slice(0, AUDIT_SHOWN).map((entry) => make(
      'li',
      {},
      `${moment(entry.time)}: ${entry.action}, `,
      `${entry.from ?? 'none'} → ${entry.to ?? 'none'}, by ${entry.who ?? 'unknown'}`,
      ...(entry.reason ? [`: ${entry.reason}`] : []),
    )));
  }
}
