import { useEffect } from "react";

/** Leads the reader to the first field that is marked as wrong, whenever `attempt` is another one. */
export function FocusWrong({ attempt }) {
  useEffect(() => {
    if (attempt) {
      document.querySelector('[aria-invalid="true"]')?.focus();
    }
  }, [attempt]);

  return null;
}
