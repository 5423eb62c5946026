import { Children, useRef } from "react";

/**
 * Shows its first child, which holds the place of what is on its way; once an event has failed
 * under it the second one. A failure from before it was there says nothing about it.
 */
export function UntilLoaded({ failure, children }) {
  const before = useRef(failure);
  const [waiting, failed] = Children.toArray(children);
  return failure && failure !== before.current ? failed : waiting;
}
