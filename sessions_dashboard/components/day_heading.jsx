import { dateFormat, relativeFormat } from "./intl_formats.js";

/** "today" as the reader says it, with the capital that a heading begins with. */
function said(days, word) {
  const locale = navigator.language;
  if (locale.split("-")[0] === document.documentElement.lang) {
    return word;
  }
  const day = relativeFormat({ numeric: "auto" }).format(days, "day");
  return day.charAt(0).toLocaleUpperCase(locale) + day.slice(1);
}

/**
 * The day of a list's line, where it is another one than that of the line above, in the reader's
 * own locale and time zone. `today` and `yesterday` are for readers of the page's language.
 */
export function DayHeading({ iso, above, today, yesterday }) {
  const day = new Date(iso);
  if (above && new Date(above).toDateString() === day.toDateString()) {
    return null;
  }
  const before = new Date();
  before.setDate(before.getDate() - 1);
  const names = {
    [new Date().toDateString()]: said(0, today),
    [before.toDateString()]: said(-1, yesterday),
  };
  const written = dateFormat({ dateStyle: "full" }).format(day);
  return (
    <h2 className="day-heading" lang={navigator.language} dir="auto">
      {names[day.toDateString()] ?? written}
    </h2>
  );
}
