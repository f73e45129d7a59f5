/** @returns {HTMLElement} the element of this id, which the page is known to have. */
export function byId(id) {
  return document.getElementById(id);
}

/**
 * Make an element. Strings become text, never markup, so no answer of the API can inject any.
 *
 * @param {string} tag
 * @param {Record<string, string|boolean|number>} attributes left out where false
 * @param {...(Node|string)} children
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children);
  return element;
}

/** Make the content of an element anew; a link of it that has the focus has it in the new one too. */
export function keepingFocus(element, renew) {
  const address = element.contains(document.activeElement) && document.activeElement.href;
  renew(element);
  if (address) [...element.querySelectorAll('a')].find((link) => link.href === address)?.focus();
}

/** Where readings are imported, for this meter. */
export const importAddress = ({ meter_type, meter_id }) =>
  `/dashboard/import?${new URLSearchParams({ meter_type, meter_id })}`;

/**
 * A table that scrolls in a box of its own, by keyboard too.
 *
 * @param {string} kind `wide` where it scrolls sideways only
 */
export const inBox = (name, table, kind = '') =>
  make('div', { class: `scroll ${kind}`, tabindex: 0, role: 'region', 'aria-label': name }, table);

/** Words of the API with what stands in `backticks` as code. */
export function prose(text) {
  return text.split('`').map((part, i) => (i % 2 ? make('code', {}, part) : part));
}

/** Fill a `<dl>` with terms and descriptions; pairs without a description are left out. */
export function fillFacts(list, facts) {
  list.replaceChildren(
    ...facts
      .filter(([, description]) => description)
      .map(([term, description]) =>
        make('div', {}, make('dt', {}, term), make('dd', {}, description))),
  );
}

/** One of the icons of `partials/icons.html`; the plain meter for a type that has none. */
export function icon(name) {
  const known = document.getElementById(`icon-${name}`) ? name : 'meter';
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#icon-${known}`);
  svg.setAttribute('class', `icon icon-${known}`);
  svg.setAttribute('aria-hidden', 'true');
  svg.append(use);
  return svg;
}
