import { useEffect, useRef } from "react";

/**
 * A form in the place of a text: its field has the focus and is selected, Escape gives up. Where
 * the focus was before gets it back when the form goes.
 */
export function InlineEdit({ onCancel, children, ...props }) {
  const form = useRef(null);

  useEffect(() => {
    const opener = document.activeElement;
    const field = form.current.querySelector("input");
    field.focus();
    field.select();
    return () => {
      const { activeElement } = document;
      if (!activeElement?.isConnected || activeElement === document.body) {
        opener?.focus();
      }
    };
  }, []);

  const giveUp = (event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      onCancel?.();
    }
  };
  return (
    <form {...props} ref={form} onKeyDown={giveUp}>
      {children}
    </form>
  );
}
