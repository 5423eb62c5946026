import { useEffect, useRef } from "react";

const MILLISECONDS = 10_000;
const DEEDS = ["pointerdown", "keydown", "wheel"];

/**
 * What is said for a while: after ten seconds it passes with the next thing that the reader does
 * elsewhere, so that who looked away finds it still. Another `text` has the whole time again.
 */
export function Passing({ text, onPassed, children }) {
  const ref = useRef(null);
  const passed = useRef(onPassed);
  passed.current = onPassed;

  useEffect(() => {
    const goOn = ({ target }) => {
      if (!ref.current?.contains(target)) {
        passed.current?.();
      }
    };
    const timer = setTimeout(() => {
      DEEDS.forEach((deed) => document.addEventListener(deed, goOn, { passive: true }));
    }, MILLISECONDS);
    return () => {
      clearTimeout(timer);
      DEEDS.forEach((deed) => document.removeEventListener(deed, goOn));
    };
  }, [text]);

  return <div ref={ref}>{children}</div>;
}
