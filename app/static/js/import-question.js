import { byId, make } from './dom.js';
import { clock, count, counted, quantity } from './format.js';
import { sparkline } from './sparkline.js';

/** What an answer is about, where its own words do not say so. */
const TITLES = {
  register: 'Register',
  register_column: 'Register',
  value_column: 'Value',
  time_column: 'Time',
  meter_column: 'Meter',
  sheet: 'Sheet',
  path: 'List',
  timezone: 'Zone',
  decimal: 'Numbers',
  unit: 'Unit',
  resolution: 'Grid',
};

/** Whether a failure is a question that this page can ask. */
export const isQuestion = (problem) =>
  problem?.code === 'ambiguous_file' && Boolean(problem.detail?.choices?.length);

/**
 * The answers that were given to questions about a file, in order, as chips that take them back.
 */
export class Answers {
  #list = byId('answers');
  #given = [];
  #onChange;

  /** @param {() => void} onChange told when one is taken back */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  /** All options that they say. */
  get options() {
    return Object.assign({}, ...this.#given.map(({ options }) => options));
  }

  give(words, options) {
    this.#given.push({ words, options });
    this.#show();
  }

  clear() {
    this.#given = [];
    this.#show();
  }

  /** Take back what says something of an option, which is said in another way now. */
  withdraw(name) {
    this.#given = this.#given.filter(({ options }) => !(name in options));
    this.#show();
  }

  #show() {
    this.#list.hidden = !this.#given.length;
    this.#list.replaceChildren(...this.#given.map((one) => {
      const undo = make('button', { type: 'button', class: 'quiet', 'aria-label': `Take back ${one.words}` }, '×');
      undo.addEventListener('click', () => {
        this.#given = this.#given.filter((other) => other !== one);
        this.#show();
        byId('main').focus(); // else the next Tab would begin at the top of the page
        this.#onChange();
      });
      return make('li', { class: 'chip' }, make('span', {}, one.words), undo);
    }));
  }
}

/**
 * Ask which way a file is meant: a button for each, with what it would give.
 *
 * @param {{message: string, detail: object}} problem an `ambiguous_file` of the API
 * @param {string} timezone of the times shown
 * @param {(words: string, options: object) => void} onChoice
 */
export function askQuestion({ message, detail }, timezone, onChoice) {
  byId('question-words').textContent = detail.question ?? message;
  byId('choices').replaceChildren(...detail.choices.map((choice) => {
    const button = make(
      'button',
      { type: 'button', class: 'choice' },
      make('strong', {}, choice.label),
      sparkline(choice.points ?? []),
      ...figures(choice, timezone).map((words) => make('span', {}, words)),
    );
    const title = TITLES[detail.field];
    const words = title ? `${title}: ${choice.label}` : choice.label;
    button.addEventListener('click', () => onChoice(words, choice.options));
    return make('li', {}, button);
  }));
  byId('question').hidden = false;
}

export function dropQuestion() {
  byId('question').hidden = true;
  byId('choices').replaceChildren();
}

function figures({ count: readings, first, last, sum, unit }, timezone) {
  if (readings == null) return [];
  const { moment } = clock(timezone);
  const inUnit = unit ? quantity(sum, unit) : count(sum);
  return [
    `${counted(readings, 'reading')}, sum ${inUnit}`,
    ...(first ? [`${moment(first)} – ${moment(last)}`] : []),
  ];
}
