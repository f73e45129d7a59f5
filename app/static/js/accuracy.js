import { make } from './dom.js';
import { number, percent, unitText } from './format.js';

/** Share by which two errors must differ before one is called better than the other. */
const NOTABLE = 0.005;

/** The rows of the table: key, name, explanation, how a value reads, whether less is better. */
const MEASURES = [
  ['mae', 'Mean error', (unit) => `MAE, ${unit}`, number, true],
  ['rmse', 'Large errors', (unit) => `RMSE, ${unit}`, number, true],
  ['wape', 'Relative error', () => 'WAPE', percent, true],
  ['mase', 'Scaled error', () => 'MASE, below 1 is good', number, true],
  ['bias', 'Bias', (unit) => `forecast − reading, ${unit}`, number, false],
  ['coverage_80', 'Inside P10–P90', () => 'coverage, 80 % is right', percent, false],
];

/**
 * A sentence and a table that put the scores of a model beside those of the weekly naive.
 *
 * @param {Record<string, number|null>} model
 * @param {Record<string, number|null>|null} naive
 * @param {string} unit of the readings
 * @returns {HTMLElement[]}
 */
export function accuracy(model, naive, unit) {
  const rows = MEASURES.filter(([key]) => model[key] != null);
  const head = ['Measure', 'Model', 'Weekly naive', 'Difference'].map((text) =>
    make('th', { scope: 'col' }, text));
  const table = make(
    'table',
    { class: 'accuracy' },
    make('caption', { class: 'visually-hidden' }, 'Accuracy beside the weekly naive'),
    make('thead', {}, make('tr', {}, ...head)),
    make('tbody', {}, ...rows.map((row) => tableRow(row, model, naive ?? {}, unit))),
  );
  return [make('p', { class: 'verdict' }, verdict(model, naive)), table];
}

function tableRow([key, label, explain, format, lessIsBetter], model, naive, unit) {
  const change = lessIsBetter && naive[key] ? model[key] / naive[key] - 1 : null;
  return make(
    'tr',
    { 'data-metric': key },
    make('th', { scope: 'row' }, label, make('small', {}, explain(unitText(unit)))),
    make('td', {}, format(model[key])),
    make('td', {}, format(naive[key])),
    make('td', { class: quality(change) }, change == null ? '' : signed(change)),
  );
}

function verdict(model, naive) {
  if (!naive?.mae || model.mae == null) return 'No weekly naive to compare with.';
  const gain = 1 - model.mae / naive.mae;
  if (gain > NOTABLE) return `${percent(gain)} less error than repeating last week.`;
  if (gain < -NOTABLE) return `${percent(-gain)} more error than repeating last week.`;
  return 'As good as repeating last week.';
}

const signed = (change) => (change > 0 ? '+' : '') + percent(change);

function quality(change) {
  if (change == null || Math.abs(change) < NOTABLE) return 'same';
  return change < 0 ? 'better' : 'worse';
}
