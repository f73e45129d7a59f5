import { byId, make, prose } from './dom.js';
import { isSignedOut } from './http.js';

/**
 * Say in `container` what went wrong and what to do next, in place of what it said before.
 *
 * @param {HTMLElement} container
 * @param {{code: string, message: string, hint?: string, status?: number}} error
 */
export function showProblem(container, error) {
  const { code, message, hint } = isSignedOut(error) ? { ...error, ...SIGNED_OUT } : error;
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
        ...(isSignedOut(error) ? [make('p', {}, make('a', { href: signInAddress() }, 'Sign in'))] : []),
        make('p', { class: 'code' }, code),
      ),
      dismiss,
    ),
  );
}

/** What the API says to a program without a key, to a person whose sign-in has ended. */
const SIGNED_OUT = { message: 'You are not signed in any more.', hint: '' };

/** Where one signs in to come back to this page. */
const signInAddress = () =>
  `/sign_in?${new URLSearchParams({ next: window.location.pathname + window.location.search })}`;

export function clearProblems(container) {
  container.replaceChildren();
}

/**
 * Says in `container` the failures of what is tried again and again, each of them once: a screen
 * reader reads out what is written anew, and what somebody dismissed stays away.
 */
export class Repeated {
  #container;
  #said = null;

  constructor(container) {
    this.#container = container;
  }

  /** Whether one is said that has not passed. */
  get stands() {
    return this.#said !== null;
  }

  failed(error) {
    const words = [error.code, error.message, error.hint].join('\n');
    if (words !== this.#said) report(this.#container, error);
    this.#said = words;
  }

  worked() {
    if (this.stands) clearProblems(this.#container);
    this.#said = null;
  }
}

/** Pause before what a page is made of is asked for again. */
const AGAIN_MS = 5000;

/**
 * Do what a page cannot do without: a failure is said in `container`, and it is tried again,
 * unless somebody has to sign in first.
 */
export async function untilDone(container, action) {
  const problem = new Repeated(container);
  for (;;) {
    try {
      await action();
      problem.worked();
      return;
    } catch (error) {
      problem.failed(error);
      if (isSignedOut(error)) return;
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

/**
 * Say a failure in words. One of this page itself goes to the console too, where it belongs, but
 * to nobody who called: what renews a page must outlast it.
 */
export function report(container, error) {
  if (error.code) {
    showProblem(container, error);
    return;
  }
  reportError(error);
  showProblem(container, {
    code: 'page_error',
    message: 'This page met an unexpected error.',
    hint: 'Reload it; the browser\u2019s console has the details.',
  });
}
