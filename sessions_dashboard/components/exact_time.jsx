import { dateFormat } from "./intl_formats.js";

/** A moment as a date and a time of day, to the second where that matters, in the reader's own zone. */
export function ExactTime({ iso, seconds = false }) {
  const moment = new Date(iso);
  if (!iso || Number.isNaN(moment.getTime())) {
    return null;
  }
  const timeStyle = seconds ? "medium" : "short";
  return (
    <time dateTime={iso} lang={navigator.language} dir="auto">
      {dateFormat({ dateStyle: "medium", timeStyle }).format(moment)}
    </time>
  );
}
