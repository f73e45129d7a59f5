/** What the words of the API mean to a reader of the page. */

export const KINDS = {
  train: 'Training',
  forecast: 'Forecast',
  test: 'Test',
  import: 'Import',
  batch: 'Batch',
};

export const STATUSES = {
  queued: 'waiting',
  running: 'running',
  retrying: 'trying again',
  succeeded: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
};

export const SOURCES = {
  model: 'the trained model',
  baseline: 'the weekly naive, because the model did not beat it',
  profile: 'a typical profile, because the recent readings are missing',
};

const MAKERS = {
  model: 'the trained model',
  baseline: 'the weekly naive',
  profile: 'a typical profile',
};

/** Who made a forecast, and why it is not a model's where it is not. */
export function madeBy({ source, reason }) {
  return reason ? `${MAKERS[source]}, because ${reason}` : SOURCES[source];
}

const GRADES = {
  none: 'no weather used',
  climatology: 'typical weather of the season',
  forecast: 'weather forecast',
  previous_run: 'weather as it was forecast at the time',
  historical_forecast: 'archived weather forecast of the shortest lead time (somewhat optimistic)',
  actuals: 'measured weather, which no real forecast has (optimistic)',
};

/** Grades of a list of `{start, end, grade}` in words, each once. */
export function weatherText(stretches) {
  const grades = [...new Set(stretches.map((stretch) => stretch.grade))];
  return grades.map((grade) => GRADES[grade] ?? grade).join('; then ') || GRADES.none;
}

/** Who answers where it is not the trained model. */
export const SERVING = {
  fallback: 'the weekly naive answers',
  profile: 'a typical profile answers',
};
