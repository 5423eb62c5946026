import { useEffect, useState } from "react";

/**
 * Shows its children while the server can't be reached: the socket is lost, or the browser says
 * that it has no network at all, which it knows long before a socket does.
 */
export function WhenOffline({ lost, children }) {
  const [offline, setOffline] = useState(false);

  useEffect(() => {
    const look = () => setOffline(!navigator.onLine);
    look();
    window.addEventListener("online", look);
    window.addEventListener("offline", look);
    return () => {
      window.removeEventListener("online", look);
      window.removeEventListener("offline", look);
    };
  }, []);

  return lost || offline ? children : null;
}
