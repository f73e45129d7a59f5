import { getOverview, loadDemo } from './api.js';
import { byId, keepingFocus } from './dom.js';
import { count, counted } from './format.js';
import { follow } from './job-card.js';
import { JobsFeed } from './jobs-feed.js';
import { RunningJobs } from './running-jobs.js';
import { overviewRow } from './overview-row.js';
import { attempt, clearProblems, report, untilDone } from './problems.js';

const PAGE_SIZE = 50;
/** Pause after the last key before the server is asked: typing a word is one search. */
const TYPING_MS = 200;

const form = byId('filter');
const problems = byId('page-problems');
let asked = 0;

/** What the address asks for; everything is kept there, so a view can be shared and reloaded. */
function wanted() {
  const given = new URLSearchParams(location.search);
  return {
    search: given.get('search') ?? '',
    meter_type: given.get('meter_type') ?? '',
    show: given.get('show') ?? 'all',
    sort: given.get('sort') ?? 'meter',
    order: given.get('order') ?? 'asc',
    page: Math.max(1, Number(given.get('page')) || 1),
  };
}

function go(changes) {
  const next = { ...wanted(), page: 1, ...changes };
  const plain = { search: '', meter_type: '', show: 'all', sort: 'meter', order: 'asc', page: 1 };
  const query = new URLSearchParams(
    Object.entries(next).filter(([name, value]) => value !== plain[name]).map(([n, v]) => [n, String(v)]),
  );
  history.pushState(null, '', query.size ? `?${query}` : location.pathname);
  return show();
}

async function show() {
  await read().catch((error) => report(problems, error));
}

/** @throws {ApiError} the list cannot be read */
async function read() {
  const view = wanted();
  const turn = ++asked;
  for (const name of ['search', 'meter_type', 'show']) {
    if (document.activeElement !== form.elements[name]) form.elements[name].value = view[name];
  }
  const { page, ...query } = view;
  const isOld = () => turn !== asked; // a later question has been asked meanwhile
  const found = await getOverview({ ...query, limit: PAGE_SIZE, offset: (page - 1) * PAGE_SIZE })
    .catch((error) => { if (!isOld()) throw error; });
  if (isOld()) return;
  clearProblems(problems);
  draw(found, view);
}

function draw(found, view) {
  byId('loading').hidden = true;
  byId('empty').hidden = found.all > 0;
  byId('overview').hidden = found.all === 0;
  keepingFocus(byId('rows'), (rows) =>
    rows.replaceChildren(...found.meters.map((row) => overviewRow(row, found.time))));
  byId('nothing').hidden = found.meters.length > 0;
  byId('summary').textContent =
    `${counted(found.all, 'meter')}, ${count(found.trained)} with a model`
    + (found.total === found.all ? '' : `; ${count(found.total)} shown`);
  for (const button of document.querySelectorAll('[data-sort]')) {
    const direction = view.order === 'desc' ? 'descending' : 'ascending';
    button.closest('th').setAttribute('aria-sort', button.dataset.sort === view.sort ? direction : 'none');
  }
  const pages = Math.max(1, Math.ceil(found.total / PAGE_SIZE));
  byId('pager').hidden = pages === 1;
  byId('page-number').textContent = `Page ${count(view.page)} of ${count(pages)}`;
  byId('previous').disabled = view.page <= 1;
  byId('next').disabled = view.page >= pages;
}

let typing = 0;
form.addEventListener('submit', (event) => event.preventDefault());
form.elements.search.addEventListener('input', () => {
  clearTimeout(typing);
  typing = setTimeout(() => go({ search: form.elements.search.value }), TYPING_MS);
});
for (const name of ['meter_type', 'show']) {
  form.elements[name].addEventListener('change', (event) => go({ [name]: event.target.value }));
}
for (const button of document.querySelectorAll('[data-sort]')) {
  button.addEventListener('click', () => {
    const { sort, order } = wanted();
    const same = sort === button.dataset.sort;
    go({ sort: button.dataset.sort, order: same && order === 'asc' ? 'desc' : 'asc' });
  });
}
byId('previous').addEventListener('click', () => go({ page: wanted().page - 1 }));
byId('next').addEventListener('click', () => go({ page: wanted().page + 1 }));
byId('load-demo').addEventListener('click', (event) =>
  attempt(event.currentTarget, problems, async () => {
    const job = { ...(await loadDemo()), kind: 'import' };
    const ended = await follow(byId('demo-jobs'), job).finished;
    if (ended.status === 'succeeded') await showFresh();
  }));
addEventListener('popstate', show);

/** The server keeps its list of meters for some seconds: new ones are waited for. */
async function showFresh() {
  for (let tries = 0; tries < 8; tries += 1) {
    await show();
    if (byId('empty').hidden) return;
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
  }
}

await untilDone(problems, read);
const running = new RunningJobs();
const feed = new JobsFeed({
  onChange: (jobs, connected) => {
    running.show(jobs);
    byId('connection').hidden = connected;
  },
  onEnded: (job) => { if (job.kind === 'train' || job.kind === 'import') show(); },
  onSignedOut: (error) => {
    byId('connection').hidden = true;
    report(problems, error);
  },
});
untilDone(problems, () => feed.start());
