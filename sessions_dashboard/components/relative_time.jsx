import { useSyncExternalStore } from "react";

import { dateFormat, relativeFormat } from "./intl_formats.js";

const UNITS = [
  // Up to two months a number of days says more than "next month".
  ["month", 30 * 86400, 61 * 86400],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];
const RECENT_SECONDS = 120;
const TICK_MILLISECONDS = 15_000;

/** One for all the times of a page, which runs while there are any. */
const clock = {
  readers: new Set(),
  passed: 0,
  timer: undefined,
  ticks: () => clock.passed,
  subscribe: (read) => {
    clock.readers.add(read);
    clock.timer ??= setInterval(clock.tick, TICK_MILLISECONDS);
    return () => {
      clock.readers.delete(read);
      if (!clock.readers.size) {
        clearInterval(clock.timer);
        clock.timer = undefined;
      }
    };
  },
  tick: () => {
    clock.passed += 1;
    clock.readers.forEach((read) => read());
  },
};

/** The words around a time are the page's; those of the time itself are the reader's. */
const readsThePage = (locale) => locale.split("-")[0] === document.documentElement.lang;

/** How many midnights lie between. */
function calendarDays(moment, now) {
  const [there, here] = [moment, now].map((at) => new Date(at).setHours(0, 0, 0, 0));
  return Math.round((there - here) / 86_400_000);
}

function relative(moment, now, justNow) {
  const seconds = (moment - now) / 1000;
  const format = (number, unit, numeric) =>
    relativeFormat({ numeric }).format(number, unit);
  const found = UNITS.find(([, size, from = size]) => Math.abs(seconds) >= from);
  if (!found) {
    return readsThePage(navigator.language) ? justNow : format(0, "second", "auto");
  }
  const [unit, size] = found;
  // What is left is rounded up, what has passed down: fourteen days to go are not thirteen.
  const number = Math[seconds > 0 ? "ceil" : "trunc"](seconds / size);
  // "Yesterday" is the day before this one, however few hours make it "1 day ago".
  const isNamed = unit !== "day" || number === calendarDays(moment, now);
  return format(number, unit, isNamed ? "auto" : "always");
}

/**
 * A moment as a person would say it, in the reader's own locale, kept up to date; the exact time, in
 * their own zone, on hover. `justNow` stands for less than a minute from now on a page in the
 * reader's language, `recent` (where given) for less than two. Where the day is said above (`daySaid`), it
 * is the time of day, but for today.
 */
export function RelativeTime({ iso, justNow, recent, daySaid }) {
  useSyncExternalStore(clock.subscribe, clock.ticks, clock.ticks);
  const now = Date.now();
  const moment = new Date(iso);
  if (!iso || Number.isNaN(moment.getTime())) {
    return null;
  }
  const seconds = (moment.getTime() - now) / 1000;
  const isRecent = recent && seconds > -RECENT_SECONDS;
  const isToday = new Date(now).toDateString() === moment.toDateString();
  const said = () =>
    daySaid && !isToday
      ? dateFormat({ timeStyle: "short" }).format(moment)
      : relative(moment.getTime(), now, justNow);
  return (
    <time
      dateTime={iso}
      dir="auto"
      lang={isRecent ? undefined : navigator.language}
      title={dateFormat({ dateStyle: "full", timeStyle: "long" }).format(moment)}
      data-recent={isRecent || undefined}
    >
      {isRecent ? recent : said()}
    </time>
  );
}
