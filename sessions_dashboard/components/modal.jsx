import { useEffect, useRef } from "react";

/**
 * Where the focus goes when the element that has it is taken away: the next card of its list, the
 * one before, the heading of its section, that of the page.
 */
function trailOf(element) {
  const card = element?.closest("[data-card]");
  const cards = card ? [...card.parentElement.children] : [];
  const at = cards.indexOf(card);
  return [
    ...cards.slice(at + 1),
    ...cards.slice(0, Math.max(at, 0)).reverse(),
    element?.closest("section")?.querySelector("h2[tabindex]"),
  ];
}

function follow(trail) {
  const next = trail.find((element) => element?.isConnected);
  (next ?? document.querySelector("main h1"))?.focus();
}

/**
 * A modal <dialog>. The browser itself keeps the focus inside and gives it back on closing; where
 * the opener is gone by then, what stood next to it gets it. Dismissing closes it at once,
 * whatever the connection is like: Escape, a click outside, or a button marked with data-dismiss.
 */
export function Modal({ open, onDismiss, children, ...props }) {
  const ref = useRef(null);
  const trail = useRef([]);

  const close = () => {
    ref.current.close();
    if (document.activeElement === document.body) {
      follow(trail.current);
    }
  };

  useEffect(() => {
    const dialog = ref.current;
    if (open && !dialog.open) {
      trail.current = trailOf(document.activeElement);
      dialog.showModal();
    } else if (!open && dialog.open) {
      close();
    }
  }, [open]);

  const dismiss = (event) => {
    event.preventDefault();
    close();
    onDismiss?.();
  };
  const isDismissal = ({ target }) =>
    target === ref.current || target.closest("[data-dismiss]") !== null;

  return (
    <dialog
      {...props}
      ref={ref}
      onCancel={dismiss}
      onClick={(event) => isDismissal(event) && dismiss(event)}
    >
      {open ? children : null}
    </dialog>
  );
}

/** A part of the page in which the focus is not lost when what has it is taken away. */
export function KeptFocus({ children }) {
  const ref = useRef(null);

  useEffect(() => {
    let held = null;
    let trail = [];
    const note = ({ target }) => {
      held = target;
      trail = trailOf(target);
    };
    const look = () => {
      if (held && !held.isConnected) {
        held = null;
        if (document.activeElement === document.body) {
          follow(trail);
        }
      }
    };
    const part = ref.current;
    part.addEventListener("focusin", note);
    const observer = new MutationObserver(look);
    observer.observe(part, { childList: true, subtree: true });
    return () => {
      part.removeEventListener("focusin", note);
      observer.disconnect();
    };
  }, []);

  return <div ref={ref}>{children}</div>;
}
