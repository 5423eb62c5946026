import { createContext, useContext, useEffect, useRef, useState } from "react";

const LONGEST_WAIT_MILLISECONDS = 20_000;

const Waiting = createContext(false);

/** What a dialog says while it waits for the answer to its form. */
export function WhileWaiting({ children, ...props }) {
  return (
    <p {...props} role="status">
      {useContext(Waiting) ? children : null}
    </p>
  );
}

/**
 * Where the focus goes when the element that has it is taken away: the next card of its list, the
 * one before, the heading of its section, that of the page, the first button of an open dialog.
 */
function trailOf(element) {
  const card = element?.closest("[data-card]");
  const cards = card ? [...card.parentElement.querySelectorAll(":scope > [data-card]")] : [];
  const at = cards.indexOf(card);
  return [
    ...cards.slice(at + 1),
    ...cards.slice(0, Math.max(at, 0)).reverse(),
    element?.closest("section")?.querySelector("h2[tabindex]"),
  ];
}

// Of each dialog that was opened.
const trails = new WeakMap();

/** From where a dialog is opened: one that takes the place of another has its beginning. */
function trailOfOpener() {
  const opener = document.activeElement;
  if (opener === document.body) {
    return trails.get(document.querySelector("dialog:modal")) ?? [];
  }
  return [opener, ...trailOf(opener)];
}

function follow(trail) {
  const dialog = document.querySelector("dialog:modal");
  const beginning = dialog ? dialog.querySelector("button") : document.querySelector("main h1");
  [...trail, beginning].some((element) => {
    element?.focus();
    return element && element === document.activeElement;
  });
}

/**
 * A modal <dialog>. The browser itself keeps the focus inside and gives it back on closing; where
 * the opener is gone by then, what stood next to it gets it. Dismissing closes it at once,
 * whatever the connection is like: Escape, a click outside, or a button marked with data-dismiss.
 *
 * With `answered` it stays from when its form is sent until that value is another one, or nobody
 * can believe any more that there will be an answer.
 */
export function Modal({ open, onDismiss, answered, children, ...props }) {
  const ref = useRef(null);
  const [waiting, setWaiting] = useState(false);

  const close = () => {
    ref.current.close();
    const { activeElement } = document;
    if (activeElement === document.body || ref.current.contains(activeElement)) {
      follow(trails.get(ref.current));
    }
  };

  useEffect(() => {
    const dialog = ref.current;
    if (open && !dialog.open) {
      trails.set(dialog, trailOfOpener());
      dialog.showModal();
    } else if (!open && dialog.open) {
      close();
    }
  }, [open]);

  useEffect(() => setWaiting(false), [open, answered]);

  useEffect(() => {
    const timer = waiting && setTimeout(() => setWaiting(false), LONGEST_WAIT_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [waiting]);

  const send = (event) => {
    if (waiting) {
      event.preventDefault();
      event.stopPropagation();
    } else if (answered !== undefined) {
      setWaiting(true);
    }
  };
  // A browser closes a dialog at the second Escape, whatever the page says to the first.
  const closed = () => open && waiting && ref.current.showModal();
  const dismiss = (event) => {
    event.preventDefault();
    if (waiting) {
      return;
    }
    close();
    onDismiss?.();
  };
  const isDismissal = ({ target }) =>
    target === ref.current || target.closest("[data-dismiss]") !== null;

  return (
    <dialog
      {...props}
      ref={ref}
      aria-busy={waiting || undefined}
      onSubmitCapture={send}
      onClose={closed}
      onCancel={dismiss}
      onClick={(event) => isDismissal(event) && dismiss(event)}
    >
      <Waiting.Provider value={waiting}>{open ? children : null}</Waiting.Provider>
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
