import { useEffect } from "react";

/**
 * Leaves for another address by a full page load: nothing of this page stays in memory, and the
 * next one opens a socket of its own.
 */
export function LeaveTo({ address }) {
  useEffect(() => {
    if (address) {
      window.sessionStorage.removeItem("token");
      window.location.replace(address);
    }
  }, [address]);
  return null;
}
