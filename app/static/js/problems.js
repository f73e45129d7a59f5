import { byId, make, prose } from './dom.js';

/**
 * Say in `container` what went wrong and what to do next, in place of what it said before.
 *
 * @param {HTMLElement} container
 * @param {{code: string, message: string, hint?: string}} error
 */
export function showProblem(container, { code, message, hint }) {
  const dismiss = make('button', { type: 'button', class: 'quiet', 'aria-label': 'Dismiss' }, '×');
  dismiss.addEventListener('click', () => {
    clearProblems(container);
    byId('main').focus(); // else the next Tab would begin at the top of the page
  });
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

/** Pause before what a page is made of is asked for again. */
const AGAIN_MS = 5000;

/** Do what a page cannot do without: a failure is said in `container`, and it is tried again. */
export async function untilDone(container, action) {
  let said = null;
  for (;;) {
    try {
      await action();
      if (said) clearProblems(container);
      return;
    } catch (error) {
      if (error.code !== said) report(container, error); // said once: a screen reader reads it out
      said = error.code;
    }
    await new Promise((resolve) => { setTimeout(resolve, AGAIN_MS); });
  }
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
export async function attempt(button, container, action) {
  if (isBusy(button)) return;
  await guarded(container, async () => {
    setBusy(button, true);
    try {
      await action();
    } finally {
      setBusy(button, false);
    }
  });
}

/** Say that a button works. It is not disabled, which would take the focus from who pressed it. */
export function setBusy(button, busy) {
  button.setAttribute('aria-busy', String(busy));
  button.setAttribute('aria-disabled', String(busy));
}

const isBusy = (button) => button.getAttribute('aria-busy') === 'true';

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
