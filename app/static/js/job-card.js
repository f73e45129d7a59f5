import { cancelJob } from './api.js';
import { make } from './dom.js';
import { lasting } from './format.js';
import { attempt, showProblem } from './problems.js';
import { hasEnded, watch } from './watch.js';
import { KINDS, STATUSES } from './words.js';

/** One job as a card: what it does, how far it is, a way to cancel it, and why it failed. */
class JobCard {
  constructor(job) {
    this.title = make('h2');
    this.status = make('span', { class: 'badge' });
    this.cancel = make('button', { type: 'button', class: 'quiet' }, 'Cancel');
    this.bar = make('progress', { max: 100, value: 0 });
    this.message = make('span', { class: 'message' });
    this.percent = make('output', { class: 'percent' });
    this.spoken = make('p', { class: 'visually-hidden', role: 'status' });
    this.problems = make('div', { class: 'problems' });
    this.element = make(
      'li',
      { class: 'card job', 'data-kind': job.kind },
      make('div', { class: 'job-head' }, this.title, this.status, this.cancel),
      this.bar,
      make('p', { class: 'job-line' }, this.message, this.percent),
      this.spoken,
      this.problems,
    );
    this.cancel.addEventListener('click', () =>
      attempt(this.cancel, this.problems, () => cancelJob(job.task_id)));
  }

  show(job, connected) {
    const title = KINDS[job.kind] ?? job.kind;
    const status = connected ? STATUSES[job.status] : 'reconnecting…';
    this.element.dataset.status = connected ? job.status : 'reconnecting';
    this.title.textContent = title;
    this.status.textContent = status;
    this.bar.value = job.progress ?? 0;
    this.bar.setAttribute('aria-label', `Progress: ${title}`);
    this.percent.textContent = `${Math.floor(job.progress ?? 0)} %`;
    this.message.textContent = messageOf(job);
    this.speak(`${title}: ${status}${job.stage && !hasEnded(job) ? `, ${job.stage}` : ''}`);
    this.cancel.hidden = hasEnded(job);
    if (job.error) showProblem(this.problems, job.error);
  }

  /** Say that nothing more will be known of the job here; it may go on. */
  loseSight() {
    this.element.dataset.status = 'out-of-sight';
    this.status.textContent = 'out of sight';
    this.speak(`${this.title.textContent}: out of sight`);
    this.cancel.hidden = true;
  }

  /** Tell a screen reader of a new stage or status, not of each per cent. */
  speak(words) {
    if (this.spoken.textContent !== words) this.spoken.textContent = words;
  }
}

function messageOf(job) {
  if (job.status === 'succeeded' && job.started_at) {
    return `Done in ${lasting(new Date(job.finished_at) - new Date(job.started_at))}`;
  }
  return hasEnded(job) ? '' : (job.message ?? '');
}

/**
 * Show a job in `list`, in place of an older one of its kind, and follow it until it ends.
 *
 * @returns {{finished: Promise<object>, stop: () => void}} as `watch`
 */
export function follow(list, job) {
  const card = new JobCard(job);
  list.querySelector(`[data-kind="${job.kind}"]`)?.remove();
  list.prepend(card.element);
  card.show(job, true);
  const watching = watch(job, (state, connected) => card.show(state, connected));
  watching.finished.catch(() => card.loseSight()); // why is said by who waits for the end
  return watching;
}
