import { make } from './dom.js';

/**
 * Say in `container` what went wrong and what to do next, in place of what it said before.
 *
 * @param {HTMLElement} container
 * @param {{code: string, message: string, hint?: string}} error
 */
export function showProblem(container, { code, message, hint }) {
  const dismiss = make('button', { type: 'button', class: 'quiet', 'aria-label': 'Dismiss' }, '×');
  dismiss.addEventListener('click', () => clearProblems(container));
  container.replaceChildren(
    make(
      'div',
      { class: 'problem', role: 'alert', 'data-code': code },
      make(
        'div',
        {},
        make('p', {}, make('strong', {}, message)),
        ...(hint ? [make('p', {}, hint)] : []),
        make('p', { class: 'code' }, code),
      ),
      dismiss,
    ),
  );
}

export function clearProblems(container) {
  container.replaceChildren();
}

/**
 * Run what a button starts: it is busy meanwhile, and a failure is said in `container`.
 *
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} container
 * @param {() => Promise<void>} action
 */
export async function attempt(button, container, action) {
  clearProblems(container);
  button.disabled = true;
  button.setAttribute('aria-busy', 'true');
  try {
    await action();
  } catch (error) {
    report(container, error);
  } finally {
    button.disabled = false;
    button.removeAttribute('aria-busy');
  }
}

/** Say a failure of the API in words; one of this page goes on to the console, where it belongs. */
export function report(container, error) {
  if (!error.code) {
    showProblem(container, {
      code: 'page_error',
      message: 'This page met an unexpected error.',
      hint: 'Reload it; the browser\u2019s console has the details.',
    });
    throw error;
  }
  showProblem(container, error);
}
