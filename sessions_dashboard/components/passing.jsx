import { useEffect, useRef } from "react";

const MILLISECONDS = 10_000;

/**
 * What is said for a while: it passes by itself, though not under the reader's pointer or focus.
 * Another `text` has the whole time again.
 */
export function Passing({ text, onPassed, children }) {
  const ref = useRef(null);
  const passed = useRef(onPassed);
  passed.current = onPassed;

  useEffect(() => {
    let timer = 0;
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(() => passed.current?.(), MILLISECONDS);
    };
    const stay = () => clearTimeout(timer);
    const element = ref.current;
    const listeners = { pointerenter: stay, pointerleave: wait, focusin: stay, focusout: wait };
    for (const [name, listener] of Object.entries(listeners)) {
      element.addEventListener(name, listener);
    }
    wait();
    return () => {
      stay();
      for (const [name, listener] of Object.entries(listeners)) {
        element.removeEventListener(name, listener);
      }
    };
  }, [text]);

  return <div ref={ref}>{children}</div>;
}
