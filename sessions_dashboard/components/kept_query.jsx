import { useEffect, useRef } from "react";

/**
 * What a page shows, in the address that a reload or a colleague opens: every change replaces the
 * query of the page at `path`. What is typed a moment before somebody goes on changes nothing any more.
 */
export function KeptQuery({ path, query }) {
  const written = useRef(query);

  useEffect(() => {
    const { pathname, hash } = window.location;
    if (written.current !== query && pathname.replace(/\/$/, "") === path) {
      const search = query ? `?${query}` : "";
      window.history.replaceState(window.history.state, "", pathname + search + hash);
    }
    written.current = query;
  }, [path, query]);
  return null;
}
