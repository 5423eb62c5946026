import { useEffect, useRef } from "react";

/**
 * A modal <dialog>. The browser itself keeps the focus inside and gives it back on closing; where
 * the opener is gone by then, the page's heading gets it. Dismissing closes it at once, whatever
 * the connection is like: Escape, a click outside, or a button marked with data-dismiss.
 */
export function Modal({ open, onDismiss, children, ...props }) {
  const ref = useRef(null);

  const close = () => {
    ref.current.close();
    if (document.activeElement === document.body) {
      document.querySelector("main h1")?.focus();
    }
  };

  useEffect(() => {
    const dialog = ref.current;
    if (open && !dialog.open) {
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
