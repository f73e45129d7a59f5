import { listMeters, loadDemo } from './api.js';
import { byId } from './dom.js';
import { ImportDialog } from './import-dialog.js';
import { importSummary } from './import-summary.js';
import { follow } from './job-card.js';
import { MeterList } from './meter-list.js';
import { MeterPanel } from './meter-panel.js';
import { attempt, clearProblems, report } from './problems.js';

const list = new MeterList();
const problems = byId('page-problems');
let panel = null;

/** The meter that the address names (`#electricity/vic`), or null. */
function chosenMeter() {
  const [type, ...rest] = decodeURIComponent(location.hash.slice(1)).split('/');
  return type && rest.length ? { meter_type: type, meter_id: rest.join('/') } : null;
}

async function showChosen() {
  const ids = chosenMeter();
  panel?.close();
  panel = null;
  clearProblems(problems);
  list.mark(ids && `${ids.meter_type}/${ids.meter_id}`);
  if (!ids) return;
  const opened = new MeterPanel(ids);
  panel = opened;
  await opened.open().catch((error) => {
    if (!opened.closed) report(problems, error);
  });
}

/** Read the catalogue again; show the meter of the address, else the first. */
async function showMeters() {
  try {
    const page = await listMeters();
    list.show(page);
    byId('empty').hidden = page.total > 0;
    const [first] = page.meters;
    if (!chosenMeter() && first) {
      history.replaceState(null, '', `#${first.meter_type}/${first.meter_id}`);
    }
    await showChosen();
  } catch (error) {
    report(problems, error);
  }
}

async function showImported(meter, summary) {
  history.replaceState(null, '', `#${meter.meter_type}/${meter.meter_id}`);
  await showMeters();
  byId('notices').replaceChildren(importSummary(summary));
}

const importing = new ImportDialog(showImported);

for (const button of document.querySelectorAll('[data-open-import]')) {
  button.addEventListener('click', () => importing.open());
}
byId('load-demo').addEventListener('click', (event) =>
  attempt(event.currentTarget, problems, async () => {
    const job = { ...(await loadDemo()), kind: 'import' };
    const ended = await follow(byId('demo-jobs'), job).finished;
    if (ended.status === 'succeeded') await showMeters();
  }));
byId('train').addEventListener('click', () => panel?.train());
byId('test').addEventListener('click', () => panel?.test());
byId('forecast-form').addEventListener('submit', (event) => {
  event.preventDefault();
  panel?.forecast();
});
addEventListener('hashchange', showChosen);

await showMeters();
