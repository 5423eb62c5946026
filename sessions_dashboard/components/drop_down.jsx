import { useEffect, useRef } from "react";

/**
 * A button (the <summary> in it) that unfolds what stands below. It folds again on Escape, which
 * gives the focus back, at whatever is marked with data-dismiss, and when the reader turns to
 * something else. It unfolds for a field in it that the browser refuses to send: it says why there.
 */
export function DropDown({ children, ...props }) {
  const ref = useRef(null);

  const fold = () => {
    const details = ref.current;
    const hadFocus = details.contains(document.activeElement);
    details.open = false;
    if (hadFocus) {
      details.querySelector("summary").focus();
    }
  };

  useEffect(() => {
    const turnedAway = ({ target }) => {
      if (!ref.current.contains(target)) {
        ref.current.open = false;
      }
    };
    document.addEventListener("pointerdown", turnedAway);
    document.addEventListener("focusin", turnedAway);
    return () => {
      document.removeEventListener("pointerdown", turnedAway);
      document.removeEventListener("focusin", turnedAway);
    };
  }, []);

  return (
    <details
      {...props}
      ref={ref}
      onKeyDown={(event) => event.key === "Escape" && fold()}
      onClick={({ target }) => target.closest("[data-dismiss]") && fold()}
      onInvalidCapture={() => {
        ref.current.open = true;
      }}
    >
      {children}
    </details>
  );
}
