/** A moment as a date and a time of day, in the reader's own zone. */
export function ExactTime({ iso }) {
  const moment = new Date(iso);
  if (!iso || Number.isNaN(moment.getTime())) {
    return null;
  }
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });
  return <time dateTime={iso}>{format.format(moment)}</time>;
}
