import { accuracy } from './accuracy.js';
import { fillFacts, make } from './dom.js';
import { clock, count, percent } from './format.js';
import { SOURCES, weatherText } from './words.js';

/** The model that serves: how good it is, and what it was trained on. `refusal`: why there is none. */
export function modelView(version, meter, refusal) {
  if (!version && refusal) {
    const words = `None yet, so the weekly naive answers: ${refusal.message}. ${refusal.hint}`;
    return [make('p', { class: 'hint' }, words)];
  }
  if (!version) {
    const next = meter.readings.count ? 'train one to get a forecast' : 'it needs readings to learn from';
    return [make('p', { class: 'hint' }, `None yet: ${next}.`)];
  }
  return [
    ...scores(version, meter),
    facts([
      ['Forecasts by', SOURCES[version.source]],
      ['Version', version.version],
      ['Trained on', range(version.train_start, version.train_end, meter)],
      ['Readings', version.readings != null && count(version.readings)],
      ['Weather learnt from', columnsText(version.weather_columns)],
    ]),
  ];
}

/** What a test found: how good the forecasts of the last part of the readings would have been. */
export function testView({ start, end, origins, source, weather, ...result }, meter) {
  return [
    ...scores(result, meter),
    facts([
      ['Forecasts by', SOURCES[source]],
      ['Range', range(start, end, meter)],
      ['Forecasts scored', origins != null && count(origins)],
      ['Weather', testWeatherText(weather)],
    ]),
  ];
}

function scores({ metrics, baseline_metrics: naive }, meter) {
  return metrics
    ? accuracy(metrics, naive, meter.unit)
    : [make('p', { class: 'hint' }, 'Stored without scores.')];
}

function facts(pairs) {
  const list = make('dl', { class: 'facts' });
  fillFacts(list, pairs);
  return list;
}

function range(start, end, meter) {
  const { day } = clock(meter.timezone);
  return start && end && `${day(start)} to ${day(end)}`;
}

const columnsText = (columns) => columns?.join(', ').replaceAll('_', ' ') || 'none used';

/** What a test knew of the weather, by grade: measured weather flatters, and that is said. */
function testWeatherText(weather) {
  const share = weather?.used_share ?? 0;
  if (!share) return columnsText([]);
  const known = weatherText(weather.stretches ?? [weather]);
  return `${columnsText(weather.columns)} (${known}), ${percent(share)} of the time`;
}
