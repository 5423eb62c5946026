const kept = new Map();

/** Making a format takes a browser longer than using it a thousand times: each is made once. */
function format(Kind, options) {
  const key = [Kind.name, navigator.language, new Date().getTimezoneOffset(), JSON.stringify(options)].join();
  if (!kept.has(key)) {
    kept.set(key, new Kind(undefined, options));
  }
  return kept.get(key);
}

/** How dates are written in the reader's own locale and time zone, also after they change. */
export const dateFormat = (options) => format(Intl.DateTimeFormat, options);

/** How numbers are written in the reader's own locale. */
export const numberFormat = (options) => format(Intl.NumberFormat, options);

/** How times from now are said in the reader's own locale. */
export const relativeFormat = (options) => format(Intl.RelativeTimeFormat, options);

// The first of each takes up to tens of milliseconds: while the page waits for its server nobody
// waits for them, and one at a time lets a click come in between.
const firsts = [
  () => dateFormat({ timeStyle: "short" }),
  () => dateFormat({ dateStyle: "full", timeStyle: "long" }).format(),
  () => relativeFormat({ numeric: "auto" }).format(-1, "hour"),
];

function makeNext() {
  firsts.shift()();
  if (firsts.length) {
    requestIdleCallback(makeNext);
  }
}

globalThis.requestIdleCallback?.(makeNext);
