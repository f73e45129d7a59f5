import { deleteMeter, getMeter, importFile } from './api.js';
import { ApiError } from './http.js';
import { watch } from './watch.js';

/**
 * Send a file to a meter, and wait until it is stored.
 *
 * A meter that was made for the file does not outlive a file that has no readings. Only the server's
 * own word that nothing will be stored counts: where an answer is lost, or a job is lost sight of,
 * the readings may well be on their way.
 *
 * @param {string} type media type of the file
 * @param {boolean} isNew whether the meter was made for this file
 * @param {(progress: number) => void} onProgress told of the per cent that a large file has come
 * @returns {Promise<object>} the summary of the import
 * @throws {ApiError} the file was refused, could not be stored, or is no longer in sight; where it
 *   can be read in several ways, `detail.choices` has them, also where a job found so
 */
export async function upload(meter, file, options, { type, isNew, onProgress }) {
  const answer = await importFile(meter, file, type, options).catch(async (error) => {
    if (isNew && isRefusal(error)) await removeEmpty(meter);
    throw error;
  });
  if (!answer.task_id) return answer;
  // A large file is stored by a job.
  const ended = await watch(answer, ({ progress }) => onProgress(progress ?? 0)).finished;
  if (ended.status === 'succeeded') return ended.result;
  if (isNew) await removeEmpty(meter);
  throw new ApiError(ended.error);
}

/** Whether the server has looked at the file and said no. */
const isRefusal = ({ status }) => status >= 400 && status < 500;

/** A job that failed half way has stored something, and so may have another program meanwhile. */
async function removeEmpty(meter) {
  try {
    const { readings } = await getMeter(meter);
    if (!readings.last) await deleteMeter(meter);
  } catch (error) {
    console.warn('An empty meter stays:', error); // why the file failed matters more
  }
}
