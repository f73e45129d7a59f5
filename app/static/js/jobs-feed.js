import { MOST_LISTED, getJob, listJobs } from './api.js';
import { isSignedOut } from './http.js';
import { hasEnded } from './watch.js';

/** Pause before a stream or a list that could not be had is asked for again. */
const AGAIN_MS = 3000;
/** Jobs kept on a page; the oldest that have ended go first. */
const MOST_JOBS = 500;

/**
 * All jobs, kept current by one stream, whatever their number.
 *
 * The server's log of all jobs has an end: after a gap the stream may begin later than it broke
 * off. So the list is read again whenever a lost stream is back.
 */
export class JobsFeed {
  /**
   * @param {{onChange: (jobs: object[], connected: boolean) => void,
   *   onEnded?: (job: object) => void, onSignedOut?: (error: object) => void}} listeners `jobs` are
   *   newest first; after `onSignedOut` nothing follows
   */
  constructor({ onChange, onEnded = () => {}, onSignedOut = () => {} }) {
    this.onChange = onChange;
    this.onEnded = onEnded;
    this.onSignedOut = onSignedOut;
    this.jobs = new Map();
    this.connected = true;
    this.waiting = false;
    this.filled = false;
    this.reading = Promise.resolve();
    this.take = (event) => this.merge(event);
  }

  /** May be called again where it failed. @throws {ApiError} the list cannot be read */
  async start() {
    clearTimeout(this.timer);
    // The stream first: what changes while the list is read must not be missed.
    if (!this.source || this.source.readyState === EventSource.CLOSED) await this.open();
    await this.read();
  }

  /** Have the stream again where it was given up, and the list. */
  async renew() {
    try {
      await this.start();
    } catch (error) {
      if (isSignedOut(error)) this.stop(error);
      else this.again();
    }
  }

  again() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.renew(), AGAIN_MS);
  }

  stop(error) {
    clearTimeout(this.timer);
    this.source.close();
    this.onSignedOut(error);
  }

  /** Open a stream, and wait until it is answered or refused. */
  open() {
    const source = new EventSource('/jobs/stream');
    this.source = source;
    let lost = false;
    source.onmessage = (event) => this.take(JSON.parse(event.data));
    return new Promise((resolve) => {
      source.onopen = () => {
        this.connect(true);
        if (lost) this.renew();
        lost = false;
        resolve();
      };
      source.onerror = () => {
        this.connect(false);
        if (source.readyState === EventSource.CLOSED) this.again();
        lost = true;
        resolve();
      };
    });
  }

  /** Read the list, one reading at a time: an older one must not come after a newer one. */
  read() {
    const turn = this.reading.then(() => this.readNow());
    this.reading = turn.catch(() => {}); // told to who asked for it
    return turn;
  }

  async readNow() {
    const early = [];
    this.take = (event) => early.push(event);
    try {
      const found = await this.list();
      this.keepListed(found);
      found.forEach((job) => this.put(job, this.filled));
      this.filled = true;
    } finally {
      this.take = (event) => this.merge(event);
      early.forEach(this.take);
    }
    this.tell();
  }

  /** The newest jobs, and on from there as far back as this page has open ones: they may have ended. */
  async list() {
    const open = [...this.jobs.values()].filter((job) => !hasEnded(job));
    const oldest = open.map((job) => job.created_at).sort()[0];
    const found = [];
    for (let offset = 0; ; offset += MOST_LISTED) {
      const { jobs } = await listJobs(offset);
      found.push(...jobs);
      if (!jobs.length || !(oldest <= jobs.at(-1).created_at)) return found;
    }
  }

  /** An open job that is no longer listed was deleted. */
  keepListed(found) {
    const listed = new Set(found.map((job) => job.task_id));
    for (const [id, job] of this.jobs) {
      if (!hasEnded(job) && !listed.has(id)) this.jobs.delete(id);
    }
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
    this.put({ ...known, ...event }, true);
    this.tell();
  }

  /** @param {boolean} isNews whether its end is told of, where it has ended */
  put(job, isNews) {
    const known = this.jobs.get(job.task_id);
    this.jobs.set(job.task_id, job);
    if (isNews && hasEnded(job) && !(known && hasEnded(known))) this.onEnded(job);
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
