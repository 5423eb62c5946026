import { useState } from "react";

/** A moment in UTC, which needs no Z, as a field for a date and a time holds it: in the reader's zone. */
function inZone(utc) {
  const moment = new Date(utc.endsWith("Z") ? utc : `${utc}Z`);
  if (Number.isNaN(moment.getTime())) {
    return "";
  }
  const shifted = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, moment.getUTCSeconds() ? 19 : 16);
}

/** What the server can't read it refuses, and says so. */
function inUtc(typed) {
  const moment = new Date(typed);
  return Number.isNaN(moment.getTime()) ? typed : moment.toISOString();
}

/** A field for a date and a time in the reader's own zone, which is sent in UTC. */
export function MomentInput({ name, defaultValue = "", ...props }) {
  const [utc, setUtc] = useState(defaultValue);
  const shown = inZone(defaultValue);
  return (
    <>
      <input
        {...props}
        type="datetime-local"
        defaultValue={shown}
        // A field that shows seconds takes any others too.
        step={shown.length > "2026-01-31T12:00".length ? 1 : undefined}
        onChange={({ target }) => setUtc(inUtc(target.value))}
      />
      <input type="hidden" name={name} value={utc} readOnly />
    </>
  );
}
