import { byId } from './dom.js';
import { MeterPanel } from './meter-panel.js';
import { untilDone } from './problems.js';

const { meterType, meterId } = byId('meter').dataset;
const panel = new MeterPanel({ meter_type: meterType, meter_id: meterId });

byId('train').addEventListener('click', () => panel.train());
byId('test').addEventListener('click', () => panel.test());
byId('forecast-form').addEventListener('submit', (event) => {
  event.preventDefault();
  panel.forecast();
});

await untilDone(byId('problems'), () => panel.open());
