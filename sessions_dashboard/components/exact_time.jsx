/** A moment as a date and a time of day, to the second where that matters, in the reader's own zone. */
export function ExactTime({ iso, seconds = false }) {
  const moment = new Date(iso);
  if (!iso || Number.isNaN(moment.getTime())) {
    return null;
  }
  const timeStyle = seconds ? "medium" : "short";
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle });
  return (
    <time dateTime={iso} lang={navigator.language} dir="auto">
      {format.format(moment)}
    </time>
  );
}
