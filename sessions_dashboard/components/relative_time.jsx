import { useEffect, useState } from "react";

const UNITS = [
  // Up to two months a number of days says more than "next month".
  ["month", 30 * 86400, 61 * 86400],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];
const RECENT_SECONDS = 120;
const TICK_MILLISECONDS = 15_000;

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
    new Intl.RelativeTimeFormat(undefined, { numeric }).format(number, unit);
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
 * their own zone, on hover. `justNow` stands for less than a minute ago on a page in the reader's
 * language, `recent` (where given) for less than two. Where the day is said above (`daySaid`), it
 * is the time of day, but for today.
 */
export function RelativeTime({ iso, justNow, recent, daySaid }) {
  const [now, setNow] = useState(() => Date.now());

  useEffect(() => {
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), TICK_MILLISECONDS);
    return () => clearInterval(timer);
  }, [iso]);

  const moment = new Date(iso);
  if (!iso || Number.isNaN(moment.getTime())) {
    return null;
  }
  const seconds = (moment.getTime() - now) / 1000;
  const isRecent = recent && seconds > -RECENT_SECONDS;
  const isToday = new Date(now).toDateString() === moment.toDateString();
  const timeOfDay = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
  const said = () =>
    daySaid && !isToday ? timeOfDay.format(moment) : relative(moment.getTime(), now, justNow);
  const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
  return (
    <time
      dateTime={iso}
      dir="auto"
      lang={isRecent ? undefined : navigator.language}
      title={exact.format(moment)}
      data-recent={isRecent || undefined}
    >
      {isRecent ? recent : said()}
    </time>
  );
}
