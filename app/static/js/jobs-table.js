import { cancelJob } from './api.js';
import { make, prose } from './dom.js';
import { clock, lasting, ownZone } from './format.js';
import { hasEnded } from './watch.js';
import { KINDS, STATUSES } from './words.js';

export const meterAddress = ({ meter_type: type, meter_id: id }) =>
  `/dashboard/meters/${type}/${encodeURIComponent(id)}`;

const kindOf = (job) => KINDS[job.kind] ?? job.kind;
const nameOf = (job) => [kindOf(job), ...(job.meter_id ? [`${job.meter_type}/${job.meter_id}`] : [])].join(' ');

/** What a job does, and the way to the page of its meter where it has one. */
export const jobTitle = (job) => [
  kindOf(job),
  ...(job.meter_id ? [' ', make('a', { href: meterAddress(job) }, `${job.meter_type}/${job.meter_id}`)] : []),
];

export const progressBar = (job) =>
  make('progress', { max: 100, value: job.progress ?? 0, 'aria-label': `Progress: ${nameOf(job)}` });

/** A job as a row: kept and changed in place, so that focus and selection stay where they are. */
export class JobRow {
  /** @param {(error: object) => void} onProblem what to do where cancelling fails */
  constructor(job, { onProblem, onToggle }) {
    this.job = job;
    this.status = make('span', { class: 'badge' });
    this.what = make('div', { class: 'job-what' });
    this.bar = progressBar(job);
    this.words = make('div', { class: 'soft' });
    this.time = make('td');
    this.cancel = make('button', { type: 'button', class: 'quiet' }, 'Cancel');
    this.cancel.addEventListener('click', async () => {
      this.cancel.disabled = true;
      await cancelJob(this.job.task_id).catch(onProblem);
      this.cancel.disabled = false;
    });
    this.members = null;
    const [kind, ...rest] = jobTitle(job);
    const title = [make('strong', {}, kind), ...rest];
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
    this.status.className = `badge ${job.result?.failed ? 'degraded' : job.status}`;
    this.bar.value = job.progress ?? 0;
    this.words.replaceChildren(...wordsOf(job));
    this.cancel.hidden = hasEnded(job);
    this.cancel.setAttribute('aria-label', `Cancel ${nameOf(job)}`);
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
  const tells = !hasEnded(job) || job.kind === 'batch'; // in the end: how many came out how
  return [tells ? (job.message ?? '') : ''];
}

