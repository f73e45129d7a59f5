import { make } from './dom.js';
import { inColumn, percent, shareInColumn, unitText } from './format.js';

/** Share by which two errors must differ before one is called better than the other. */
const NOTABLE = 0.005;

/** The measures in the meter's unit, whose digits stand in line. */
const IN_UNIT = ['mae', 'rmse', 'bias'];

/** The rows of the table: key, name, explanation, whether less is better. */
const MEASURES = [
  ['mae', 'Mean error', (unit) => `MAE, ${unit}`, true],
  ['rmse', 'Large errors', (unit) => `RMSE, ${unit}`, true],
  ['wape', 'Relative error', () => 'WAPE', true],
  ['mase', 'Scaled error', () => 'MASE, below 1 is good', true],
  ['bias', 'Bias', (unit) => `forecast − reading, ${unit}`, false],
  ['coverage_80', 'Inside P10–P90', () => 'coverage, 80 % is right', false],
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
  const format = formats(model, naive ?? {});
  const rows = MEASURES.filter(([key]) => model[key] != null);
  const head = ['Measure', 'Model', 'Weekly naive', 'Difference'].map((text) =>
    make('th', { scope: 'col' }, text));
  const table = make(
    'table',
    { class: 'accuracy' },
    make('caption', { class: 'visually-hidden' }, 'Accuracy beside the weekly naive'),
    make('thead', {}, make('tr', {}, ...head)),
    make('tbody', {}, ...rows.map((row) =>
      tableRow(row, format[row[0]], model, naive ?? {}, unit))),
  );
  return [make('p', { class: 'verdict' }, verdict(model, naive)), table];
}

/** How the values of each measure read. */
function formats(model, naive) {
  const amount = inColumn(IN_UNIT.flatMap((key) => [model[key], naive[key]]));
  return {
    ...Object.fromEntries(IN_UNIT.map((key) => [key, amount])),
    mase: inColumn([model.mase, naive.mase]),
    wape: shareInColumn,
    coverage_80: shareInColumn,
  };
}

function tableRow([key, label, explain, lessIsBetter], format, model, naive, unit) {
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

const signed = (change) => (change > 0 ? '+' : '') + shareInColumn(change);

function quality(change) {
  if (change == null || Math.abs(change) < NOTABLE) return 'same';
  return change < 0 ? 'better' : 'worse';
}
