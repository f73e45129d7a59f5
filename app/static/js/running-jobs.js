import { byId, make } from './dom.js';
import { counted } from './format.js';
import { jobTitle, progressBar } from './jobs-table.js';
import { hasEnded } from './watch.js';
import { STATUSES } from './words.js';

/** How many running jobs the overview lists; the page of jobs has all of them. */
const JOBS_SHOWN = 6;

/** The jobs that run now, a line each: changed in place, so that a link keeps the focus. */
export class RunningJobs {
  constructor() {
    this.lines = new Map();
  }

  show(jobs) {
    const open = jobs.filter((job) => !hasEnded(job));
    const shown = open.slice(0, JOBS_SHOWN);
    byId('running').hidden = open.length === 0;
    const wanted = new Set(shown.map((job) => job.task_id));
    for (const [id, line] of this.lines) {
      if (!wanted.has(id)) {
        line.element.remove();
        this.lines.delete(id);
      }
    }
    shown.forEach((job, i) => this.place(this.lineOf(job), i));
    const rest = open.length - shown.length;
    byId('running-more').textContent = rest > 0 ? `and ${counted(rest, 'more job')}` : '';
  }

  lineOf(job) {
    let line = this.lines.get(job.task_id);
    if (!line) {
      line = { bar: progressBar(job), words: make('span', { class: 'soft' }) };
      line.element = make(
        'li', { 'data-job': job.task_id }, make('span', {}, ...jobTitle(job)), line.bar, line.words,
      );
      this.lines.set(job.task_id, line);
    }
    line.bar.value = job.progress ?? 0;
    line.words.textContent = job.message ?? STATUSES[job.status];
    return line;
  }

  place({ element }, i) {
    const list = byId('running-list');
    if (list.children[i] !== element) list.insertBefore(element, list.children[i] ?? null);
  }
}
