import { byId, make } from './dom.js';
import { count, counted } from './format.js';

const REASONS = {
  columns: 'wrong number of columns',
  time_missing: 'no time',
  time_unreadable: 'time not readable',
  time_nonexistent: 'time that the clock change leaves out',
  value_missing: 'no value',
  value_unreadable: 'value not readable',
  time_in_future: 'time in the future',
  time_too_early: 'time before 1990',
  duplicate: 'time given twice',
  counter_gap: 'interval unknown after a gap',
  counter_reset: 'fall of the counter',
  counter_glitch: 'return from a fault of the counter',
  counter_jump: 'jump of the counter',
  counter_late: 'count that came too late',
};

/** What an import stored, what it left out and why, as a card to dismiss. */
export function importSummary(summary) {
  const { accepted, replaced, refused, dropped = {}, problems = [], warnings = [] } = summary;
  const card = make('div', { class: 'card notice', role: 'status' });
  const dismiss = make('button', { type: 'button', class: 'quiet', 'aria-label': 'Dismiss' }, '×');
  dismiss.addEventListener('click', () => {
    card.remove();
    byId('main').focus();
  });
  const again = replaced ? `, ${count(replaced)} of them anew` : '';
  const words = make('div', {}, make('p', {}, make('strong', {}, `${counted(accepted, 'reading')} stored${again}.`)));
  if (refused) {
    const reasons = Object.entries(dropped).map(([key, n]) => `${count(n)} ${REASONS[key] ?? key}`);
    words.append(
      make('p', {}, `${counted(refused, 'row')} left out${reasons.length ? `: ${reasons.join(', ')}` : ''}.`),
    );
  }
  words.append(...warnings.map((warning) => make('p', {}, warning)));
  if (problems.length) {
    words.append(
      make(
        'details',
        {},
        make('summary', {}, 'The first of them'),
        make('ul', {}, ...problems.map((problem) => make('li', {}, problem))),
      ),
    );
  }
  card.append(words, dismiss);
  return card;
}
