import { call, isPassing } from './http.js';

const ENDED = new Set(['succeeded', 'failed', 'cancelled']);

/** How often a job is asked for where its stream is refused. */
const POLL_MS = 2000;

export const hasEnded = (job) => ENDED.has(job.status);

/**
 * Follow a job by its event stream until it ends.
 *
 * The first event is the whole job; later ones hold status, progress and what changed, so they
 * are merged. EventSource reconnects by itself and resumes with `Last-Event-ID`; where it gives up
 * (too many streams, a proxy whose server restarts), the job is asked for instead.
 *
 * @param {object} job what the API answered: `task_id`, `status_url`, `stream_url` …
 * @param {(job: object, connected: boolean) => void} onChange
 * @returns {{finished: Promise<object>, stop: () => void}} `finished` gives the ended job, and
 *   stays open for ever after `stop`; it fails with an `ApiError` that does not pass
 */
export function watch(job, onChange) {
  const source = new EventSource(job.stream_url);
  let state = { ...job };
  let stopped = false;
  const stop = () => {
    stopped = true;
    source.close();
  };
  const tell = (connected) => {
    try {
      onChange(state, connected);
    } catch (error) {
      reportError(error); // a fault in showing a job is no reason to lose sight of it
    }
  };
  const finished = new Promise((resolve, reject) => {
    const take = (changes) => {
      if (stopped) return;
      state = { ...state, ...changes };
      tell(true);
      if (hasEnded(state)) {
        stop();
        resolve(state);
      }
    };
    const poll = async () => {
      if (stopped) return;
      try {
        take((await call('GET', job.status_url)).data);
      } catch (error) {
        if (!isPassing(error)) {
          stop();
          reject(error);
          return;
        }
        tell(false);
      }
      setTimeout(poll, POLL_MS);
    };
    source.onmessage = (event) => take(JSON.parse(event.data));
    source.onerror = () => {
      if (stopped) return;
      if (source.readyState === EventSource.CLOSED) poll();
      tell(false);
    };
  });
  return { finished, stop };
}
