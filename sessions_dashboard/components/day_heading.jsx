/**
 * The day of a list's line, where it is another one than that of the line above, in the reader's
 * own time zone.
 */
export function DayHeading({ iso, above, today, yesterday }) {
  const day = new Date(iso);
  if (above && new Date(above).toDateString() === day.toDateString()) {
    return null;
  }
  const before = new Date();
  before.setDate(before.getDate() - 1);
  const names = { [new Date().toDateString()]: today, [before.toDateString()]: yesterday };
  const written = new Intl.DateTimeFormat(undefined, { dateStyle: "full" }).format(day);
  return <h2 className="day-heading">{names[day.toDateString()] ?? written}</h2>;
}
