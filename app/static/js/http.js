/** Code of a call that no server answered. */
const UNREACHABLE = 'unreachable';
/** Code of an answer that is not the API's: a proxy's page, another program's error. */
const NOT_THE_APIS = 'unexpected_answer';

/** Statuses that pass by themselves: what a proxy says while the API restarts behind it, too. */
const PASSING = new Set([429, 502, 503, 504]);
const SIGNED_OUT = 401;
const NOT_FOUND = 404;

/** A failure in the API's own words: what is wrong (`message`) and what to do next (`hint`). */
export class ApiError extends Error {
  /** @param {number|null} status of the answer; null where it is no answer's */
  constructor({ code, message, hint = '', detail = {} }, status = null) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.hint = hint;
    this.detail = detail;
    this.status = status;
  }
}

/** Whether the same question may well be answered in a moment. */
export const isPassing = ({ code, status }) =>
  code === UNREACHABLE
  || PASSING.has(status)
  || (status === NOT_FOUND && code === NOT_THE_APIS); // a proxy that has lost the way to the API

/** Whether nothing will be answered before somebody signs in. */
export const isSignedOut = ({ status }) => status === SIGNED_OUT;

/**
 * Ask the API, whatever it answers.
 *
 * @returns {Promise<{status: number, ok: boolean, data: any}>} `data` is null where there is no
 *   body, and undefined where it is not JSON
 * @throws {ApiError} the server does not answer
 */
export async function ask(method, path, { json, body, contentType, headers = {} } = {}) {
  const type = json === undefined ? contentType : 'application/json';
  try {
    const response = await fetch(path, {
      method,
      headers: { Accept: 'application/json', ...(type && { 'Content-Type': type }), ...headers },
      body: json === undefined ? body : JSON.stringify(json),
    });
    const { status, ok } = response;
    return { status, ok, data: parse(await response.text()) };
  } catch (cause) { // of `fetch`, or of an answer that broke off
    throw new ApiError({
      code: UNREACHABLE,
      message: 'The server does not answer.',
      hint: `Is it running, and is the network up? (${cause.message})`,
    });
  }
}

/**
 * Call the API.
 *
 * @returns {Promise<{status: number, data: any}>} `data` is null where the answer has no body
 * @throws {ApiError} the server does not answer, or answers with an error
 */
export async function call(method, path, request) {
  const answer = await ask(method, path, request);
  if (!answer.ok || answer.data === undefined) throw errorOf(answer);
  return answer;
}

/** What an answer is that is not the one asked for. */
export function errorOf({ status, data }) {
  const words = data?.code ? data : {
    code: NOT_THE_APIS,
    message: `The server answered ${status}, and not in the words of the API.`,
    hint: 'Is there a proxy in between? The log of the server may say more.',
  };
  return new ApiError(words, status);
}

function parse(text) {
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
