const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 120;
const HEIGHT = 28;
const INSET = 2;

/** A small line of values, with gaps where there are none; the numbers stand beside it. */
export function sparkline(values) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute('class', 'sparkline');
  svg.setAttribute('aria-hidden', 'true');
  const known = values.filter((value) => value != null);
  if (known.length < 2) return svg;
  const low = Math.min(...known);
  const span = Math.max(...known) - low || 1;
  const x = (i) => (INSET + (i / (values.length - 1)) * (WIDTH - 2 * INSET)).toFixed(1);
  const y = (value) => (HEIGHT - INSET - ((value - low) / span) * (HEIGHT - 2 * INSET)).toFixed(1);
  let pen = 'M';
  let path = '';
  values.forEach((value, i) => {
    if (value == null) {
      pen = 'M';
      return;
    }
    path += `${pen}${x(i)} ${y(value)}`;
    pen = 'L';
  });
  const line = document.createElementNS(SVG, 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}
