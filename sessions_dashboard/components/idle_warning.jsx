import { useEffect, useState } from "react";

const WARNING_MILLISECONDS = 120_000;

/**
 * Shows its children for the last two minutes before the session runs out for want of activity.
 */
export function IdleWarning({ expires, children }) {
  const [near, setNear] = useState(false);

  useEffect(() => {
    setNear(false);
    const left = new Date(expires).getTime() - Date.now();
    // A browser's timers hold no more than 24 days.
    if (!expires || left > 2 ** 31 - 1) {
      return undefined;
    }
    const timer = setTimeout(() => setNear(true), Math.max(0, left - WARNING_MILLISECONDS));
    return () => clearTimeout(timer);
  }, [expires]);

  return near ? children : null;
}
