/** Bytes of a file that are looked at before importing; the server takes no more. */
export const LOOK_BYTES = 4 * 1024 * 1024;

const ANYTHING = 'application/octet-stream';
/** Texts of a row after the other, whose beginning can be read without the rest. */
const CUT_BY_LINES = /\.(?:csv|tsv|txt|lp)$/i;

/**
 * What a file is by its ending, for the API; one that says nothing is told by its bytes.
 *
 * @param {Record<string, string>} known media types by ending
 */
export function mediaType(file, known) {
  const [ending] = file.name.toLowerCase().match(/\.[^.]*$/) ?? [''];
  return known[ending] ?? ANYTHING;
}

/**
 * What can be looked at of a file: all of it, the beginning in whole lines, or nothing.
 *
 * @returns {Promise<{part: Blob|Uint8Array|null, isWhole: boolean}>}
 */
export async function portion(file) {
  if (file.size <= LOOK_BYTES) return { part: file, isWhole: true };
  if (!CUT_BY_LINES.test(file.name)) return { part: null, isWhole: false };
  const bytes = new Uint8Array(await file.slice(0, LOOK_BYTES).arrayBuffer());
  return { part: bytes.slice(0, bytes.lastIndexOf(10) + 1), isWhole: false };
}
