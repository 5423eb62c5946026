import { useLayoutEffect, useState } from "react";

/**
 * The secret of the mailed link that led here, for the form around it. It stands behind the # of
 * the address, which is sent to no server, and is taken out of there before anything else of the
 * page runs: what the page tells the server about its address has it no more.
 */
export function LinkToken({ name }) {
  const [token, setToken] = useState("");

  useLayoutEffect(() => {
    const take = () => {
      const { hash, pathname, search } = window.location;
      if (hash.length > 1) {
        setToken(hash.slice(1));
        window.history.replaceState(window.history.state, "", pathname + search);
      }
    };
    take();
    window.addEventListener("hashchange", take);
    return () => window.removeEventListener("hashchange", take);
  }, []);

  return <input type="hidden" name={name} value={token} readOnly />;
}
