import { byId } from './dom.js';
import { counted, ownZone } from './format.js';
import { JobsFeed } from './jobs-feed.js';
import { JobRow } from './jobs-table.js';
import { report, untilDone } from './problems.js';
import { hasEnded } from './watch.js';

const TICK_MS = 1000;

const problems = byId('page-problems');
const form = byId('filter');
const body = byId('rows');
const rows = new Map();
const opened = new Set();
let jobs = [];

const SHOWN = {
  all: () => true,
  open: (job) => !hasEnded(job),
  failed: (job) => job.status === 'failed',
  done: (job) => job.status === 'succeeded',
};

/** The jobs of the filter, each batch followed by its members where it is opened. */
function chosen() {
  const { show, kind } = form.elements;
  const wanted = (job) => SHOWN[show.value](job) && (!kind.value || job.kind === kind.value);
  const members = Map.groupBy(jobs.filter((job) => job.batch_id), (job) => job.batch_id);
  const known = new Set(jobs.map((job) => job.task_id));
  return jobs.flatMap((job) => {
    if (job.batch_id && known.has(job.batch_id)) return [];
    const own = wanted(job) ? [job] : [];
    const mine = opened.has(job.task_id) ? (members.get(job.task_id) ?? []) : [];
    return own.length ? [...own, ...mine] : mine.filter(wanted);
  });
}

function draw() {
  const wanted = chosen();
  const elements = wanted.map((job) => {
    let row = rows.get(job.task_id);
    if (!row) {
      row = new JobRow(job, { onProblem: (error) => report(problems, error), onToggle: toggle });
      rows.set(job.task_id, row);
    } else if (row.job !== job) {
      row.show(job);
    }
    return row.element;
  });
  // Moved only where the order has changed: moving an element would take the focus from it.
  elements.forEach((element, i) => {
    if (body.children[i] !== element) body.insertBefore(element, body.children[i] ?? null);
  });
  while (body.children.length > elements.length) body.lastElementChild.remove();
  byId('loading').hidden = true;
  byId('list').hidden = elements.length === 0;
  byId('none').hidden = jobs.length > 0;
  byId('nothing').hidden = jobs.length === 0 || elements.length > 0;
  byId('filter').hidden = jobs.length === 0;
  const open = jobs.filter((job) => !hasEnded(job)).length;
  byId('summary').textContent = jobs.length
    ? `${counted(open, 'open job')}, ${counted(jobs.length, 'job')} listed`
    : '';
}

function toggle(row) {
  const id = row.job.task_id;
  if (!opened.delete(id)) opened.add(id);
  row.members.setAttribute('aria-expanded', String(opened.has(id)));
  draw();
}

byId('zone').textContent = ownZone();
form.addEventListener('change', draw);
form.addEventListener('submit', (event) => event.preventDefault());
setInterval(() => {
  const now = Date.now();
  rows.forEach((row) => { if (!hasEnded(row.job)) row.tick(now); });
}, TICK_MS);

const feed = new JobsFeed({
  onChange: (found, connected) => {
    jobs = found;
    byId('connection').hidden = connected;
    draw();
  },
  onSignedOut: (error) => {
    byId('connection').hidden = true;
    report(problems, error);
  },
});
await untilDone(problems, () => feed.start());
