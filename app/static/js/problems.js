import { make, prose } from './dom.js';

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
        ...(hint ? [make('p', {}, ...prose(hint))] : []),
        make('p', { class: 'code' }, code),
      ),
      dismiss,
    ),
  );
}

export function clearProblems(container) {
  container.replaceChildren();
}

/** Do something whose failure is said in `container`, in place of an earlier one. */
export async function guarded(container, action) {
  clearProblems(container);
  try {
    await action();
  } catch (error) {
    report(container, error);
  }
}

/**
 * Do what a button starts: it is busy meanwhile, and a failure is said in `container`.
 *
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} container
 * @param {() => Promise<void>} action
 */
export function attempt(button, container, action) {
  return guarded(container, async () => {
    setBusy(button, true);
    try {
      await action();
    } finally {
      setBusy(button, false);
    }
  });
}

/** Keep a button from being pressed again while it works. */
export function setBusy(button, isBusy) {
  button.disabled = isBusy;
  button.setAttribute('aria-busy', String(isBusy));
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
