import { Children, useDeferredValue, useEffect, useRef, useState } from "react";

const SLOW_MILLISECONDS = 8_000;

/**
 * Shows its first child once that is loaded; it is made in small steps, with the browser free in
 * between. Until then the second holds its place, below it the third when that takes long, as under
 * a connection that is there and silent; once an event has failed the fourth alone.
 *
 * What is loaded again, `fresh` only when it is through, stays meanwhile where the server still knows
 * it: the focus is in it, and what was typed. Of a page that was left and is come back to nothing is
 * shown before it is fresh.
 */
export function UntilLoaded({ loaded, fresh, failure, children }) {
  const wasShown = useRef(false);
  const isReady = loaded && (fresh || wasShown.current);
  // Begun without: that the page is loaded anew is known one moment after it is there.
  const isShown = useDeferredValue(isReady, false) && isReady;
  const [content, ...others] = Children.toArray(children);
  // Who has the focus as the content is taken away: by a server that knows nothing of the page.
  const holder = wasShown.current && !isShown ? document.activeElement : null;

  useEffect(() => {
    wasShown.current = isShown;
    if (holder?.isConnected === false) {
      document.querySelector("main h1")?.focus({ preventScroll: true });
    }
  });

  return isShown ? content : <Waiting failure={failure}>{others}</Waiting>;
}

/** A failure from before it was there says nothing about it. */
function Waiting({ failure, children: [waiting, slow, failed] }) {
  const before = useRef(failure);
  const [isSlow, setSlow] = useState(false);

  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_MILLISECONDS);
    return () => clearTimeout(timer);
  }, []);

  if (failure && failure !== before.current) {
    return failed;
  }
  return (
    <>
      <div role="status">{isSlow ? slow : null}</div>
      {waiting}
    </>
  );
}
