import { useEffect } from "react";
import { useLocation } from "react-router";

let shown;

/**
 * After a link to another page, which takes the link away with the old one, the focus is at the
 * heading of the new page; a page that is loaded in full has the browser's own beginning.
 */
export function FocusPage() {
  const { pathname } = useLocation();

  useEffect(() => {
    if (shown && shown !== pathname && document.activeElement === document.body) {
      document.querySelector("main h1")?.focus({ preventScroll: true });
    }
    shown = pathname;
  }, [pathname]);

  return null;
}
