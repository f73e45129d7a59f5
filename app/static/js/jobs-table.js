import { cancelJob } from './api.js';
import { make, prose } from './dom.js';
import { clock, lasting, ownZone } from './format.js';
import { hasEnded } from './watch.js';
import { KINDS, STATUSES } from './words.js';

export const meterAddress = ({ meter_type: type, meter_id: id }) =>
  `/dashboard/meters/${type}/${encodeURIComponent(id)}`;

/** A running job in one line, for the overview. */
export function jobLine(job) {
  return make(
    'li',
    { 'data-job': job.task_id },
    make('span', {}, KINDS[job.kind] ?? job.kind, ...(job.meter_id ? [' ', meterLink(job)] : [])),
    bar(job),
    make('span', { class: 'soft' }, job.message ?? STATUSES[job.status]),
  );
}

/** A job as a row: kept and changed in place, so that focus and selection stay where they are. */
export class JobRow {
  /** @param {(error: object) => void} onProblem what to do where cancelling fails */
  constructor(job, { onProblem, onToggle }) {
    this.job = job;
    this.status = make('span', { class: 'badge' });
    this.what = make('div', { class: 'job-what' });
    this.bar = bar(job);
    this.words = make('div', { class: 'soft' });
    this.time = make('td');
    this.cancel = make('button', { type: 'button', class: 'quiet' }, 'Cancel');
    this.cancel.addEventListener('click', async () => {
      this.cancel.disabled = true;
      await cancelJob(this.job.task_id).catch(onProblem);
      this.cancel.disabled = false;
    });
    this.members = null;
    const title = [make('strong', {}, KINDS[job.kind] ?? job.kind)];
    if (job.meter_id) title.push(' ', meterLink(job));
    if (job.kind === 'batch') {
      this.members = make('button', { type: 'button', class: 'quiet', 'aria-expanded': 'false' }, 'Members');
      this.members.addEventListener('click', () => onToggle(this));
      title.push(' ', this.members);
    }
    this.what.append(...title);
    this.element = make(
      'tr',
      { 'data-job': job.task_id, 'data-kind': job.kind, ...(job.batch_id && { class: 'member' }) },
      make('th', { scope: 'row' }, this.what, this.words),
      make('td', { class: 'words' }, this.status),
      make('td', { class: 'job-bar' }, this.bar),
      make('td', { class: 'job-when' }, clock(ownZone()).weekdayMoment(job.created_at)),
      this.time,
      make('td', {}, this.cancel),
    );
    this.show(job);
  }

  show(job) {
    this.job = job;
    this.element.dataset.status = job.status;
    this.status.textContent = STATUSES[job.status] ?? job.status;
    this.status.className = `badge ${job.status}`;
    this.bar.value = job.progress ?? 0;
    this.words.replaceChildren(...wordsOf(job));
    this.cancel.hidden = hasEnded(job);
    this.cancel.setAttribute('aria-label', `Cancel ${KINDS[job.kind] ?? job.kind} ${job.meter_id ?? ''}`);
    this.tick(Date.now());
  }

  /** Renew what depends on the clock. */
  tick(now) {
    const { started_at: started, finished_at: finished, created_at: created } = this.job;
    const since = Date.parse(started ?? created);
    const until = finished ? Date.parse(finished) : now;
    this.time.textContent = started || !finished ? lasting(Math.max(0, until - since)) : '–';
  }
}

function wordsOf(job) {
  if (job.error && job.status !== 'cancelled') {
    return [
      make('span', { class: 'worse' }, job.error.message),
      ...(job.error.hint ? [' ', ...prose(job.error.hint)] : []),
      ' ',
      make('code', {}, job.error.code),
    ];
  }
  return [hasEnded(job) ? '' : (job.message ?? '')];
}

const meterLink = (job) =>
  make('a', { href: meterAddress(job) }, `${job.meter_type}/${job.meter_id}`);

const bar = (job) =>
  make('progress', { max: 100, value: job.progress ?? 0, 'aria-label': `Progress: ${KINDS[job.kind] ?? job.kind}` });
