import { Link } from "react-router";

import { dateFormat } from "./intl_formats.js";

const SHAPES = {
  hour: { hour: "numeric", minute: "2-digit" },
  // A day of a chart is one in UTC: its numbers were counted so.
  day: { day: "numeric", month: "short", timeZone: "UTC" },
};

const written = (iso, unit) => dateFormat(SHAPES[unit]).format(new Date(iso));

/** When a column of a chart begins, as the reader writes it. */
export function ChartTime({ iso, unit, ...props }) {
  return (
    <time {...props} dateTime={iso} lang={navigator.language} dir="auto">
      {written(iso, unit)}
    </time>
  );
}

/** The link of a column, called by when it begins and its number. */
export function ChartLink({ iso, unit, number, children, ...props }) {
  const said = `${written(iso, unit)}: ${number}`;
  return (
    <Link {...props} title={said} aria-label={said}>
      {children}
    </Link>
  );
}
