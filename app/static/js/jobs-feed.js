import { getJob, listJobs } from './api.js';
import { hasEnded } from './watch.js';

/** Pause before a stream that the server refused is tried again. */
const AGAIN_MS = 3000;
/** Jobs kept on a page; the oldest that have ended go first. */
const MOST_JOBS = 500;

/** All jobs, kept current by one stream, whatever their number. */
export class JobsFeed {
  /**
   * @param {{onChange: (jobs: object[], connected: boolean) => void,
   *   onEnded?: (job: object) => void}} listeners `jobs` are newest first
   */
  constructor({ onChange, onEnded = () => {} }) {
    this.onChange = onChange;
    this.onEnded = onEnded;
    this.jobs = new Map();
    this.connected = true;
    this.waiting = false;
  }

  /** May be called again where it failed. @throws {ApiError} the list cannot be read */
  async start() {
    // The stream first: what changes while the list is read must not be missed.
    this.source?.close();
    const early = [];
    this.take = (event) => early.push(event);
    this.open();
    await new Promise((resolve) => {
      for (const answered of ['open', 'error']) this.source.addEventListener(answered, resolve, { once: true });
    });
    await this.read();
    this.take = (event) => this.merge(event);
    early.forEach((event) => this.merge(event));
    this.tell();
  }

  open() {
    this.source = new EventSource('/jobs/stream');
    this.source.onopen = () => this.connect(true);
    this.source.onmessage = (event) => this.take(JSON.parse(event.data));
    this.source.onerror = () => {
      this.connect(false);
      if (this.source.readyState === EventSource.CLOSED) setTimeout(() => this.reopen(), AGAIN_MS);
    };
  }

  /** A stream of its own begins now: what happened meanwhile is in the list. */
  reopen() {
    if (this.source.readyState !== EventSource.CLOSED) return; // `start` was quicker
    this.open();
    this.read().then(() => this.tell(), () => {}); // unreachable still: the stream's own error tries again
  }

  async read() {
    const { jobs } = await listJobs();
    jobs.forEach((job) => this.jobs.set(job.task_id, job));
  }

  connect(isConnected) {
    if (this.connected === isConnected) return;
    this.connected = isConnected;
    this.tell();
  }

  merge(event) {
    const id = event.task_id;
    if (!id) return;
    const known = this.jobs.get(id);
    // A first event is whole; one of a job that this page never heard of is looked up.
    if (!known && !event.kind) {
      getJob(id).then((job) => this.merge(job), () => {}); // expired meanwhile: nothing to show
      return;
    }
    const job = { ...known, ...event };
    this.jobs.set(id, job);
    if (hasEnded(job) && !(known && hasEnded(known))) this.onEnded(job);
    this.tell();
  }

  /** Many events in one frame are one redraw. */
  tell() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.forget();
      this.onChange(this.newest(), this.connected);
    });
  }

  newest() {
    return [...this.jobs.values()].sort((a, b) => b.created_at.localeCompare(a.created_at));
  }

  forget() {
    const surplus = this.jobs.size - MOST_JOBS;
    if (surplus <= 0) return;
    const ended = this.newest().filter(hasEnded).reverse();
    ended.slice(0, surplus).forEach((job) => this.jobs.delete(job.task_id));
  }
}
