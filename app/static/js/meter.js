import { byId, make } from './dom.js';
import { MeterPanel } from './meter-panel.js';
import { report } from './problems.js';

const { meterType, meterId } = byId('meter').dataset;
const panel = new MeterPanel({ meter_type: meterType, meter_id: meterId });

byId('train').addEventListener('click', () => panel.train());
byId('test').addEventListener('click', () => panel.test());
byId('forecast-form').addEventListener('submit', (event) => {
  event.preventDefault();
  panel.forecast();
});

await panel.open().catch((error) => {
  report(byId('problems'), error);
  const again = make('button', { type: 'button' }, 'Try again');
  again.addEventListener('click', () => location.reload());
  byId('problems').append(make('p', { class: 'buttons' }, again));
});
