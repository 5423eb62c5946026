import { Children, useEffect, useState } from "react";

/**
 * Shows its first child while the browser says that it has no network at all, which it knows long
 * before a socket does; its second one while the server's socket is lost all the same.
 */
export function WhenOffline({ lost, children }) {
  const [offline, setOffline] = useState(false);
  const [noNetwork, noServer] = Children.toArray(children);

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

  if (offline) {
    return noNetwork;
  }
  return lost ? noServer : null;
}
