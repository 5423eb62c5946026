import { useEffect, useRef } from "react";

/**
 * A modal <dialog>. The browser itself keeps the focus inside and gives it back on closing; where
 * the opener is gone by then, the page's heading gets it.
 */
export function Modal({ open, onDismiss, children, ...props }) {
  const ref = useRef(null);

  useEffect(() => {
    const dialog = ref.current;
    if (open && !dialog.open) {
      dialog.showModal();
    } else if (!open && dialog.open) {
      dialog.close();
      if (document.activeElement === document.body) {
        document.querySelector("main h1")?.focus();
      }
    }
  }, [open]);

  const dismiss = (event) => {
    event.preventDefault();
    onDismiss?.();
  };

  return (
    <dialog
      {...props}
      ref={ref}
      onCancel={dismiss}
      onClick={(event) => event.target === ref.current && dismiss(event)}
    >
      {open ? children : null}
    </dialog>
  );
}
