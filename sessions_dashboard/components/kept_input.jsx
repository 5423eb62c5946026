import { useEffect, useRef } from "react";

/** The next field of the form that has to be filled in. */
function nextEmpty(input) {
  const fields = [...(input.form?.querySelectorAll("input[required]") ?? [])];
  return fields.slice(fields.indexOf(input) + 1).find(({ value }) => !value);
}

/**
 * A field that still holds what was typed when its form comes back refused: the focus goes on to
 * what has to be typed again. It is kept for this tab alone, never in an address; `ForgetInput` on
 * the page that follows forgets it.
 */
export function KeptInput({ keep, ...props }) {
  const ref = useRef(null);

  useEffect(() => {
    const input = ref.current;
    const kept = window.sessionStorage.getItem(keep);
    window.sessionStorage.removeItem(keep);
    if (kept && !input.value) {
      input.value = kept;
      if (document.activeElement === input) {
        nextEmpty(input)?.focus();
      }
    }
    const store = () => window.sessionStorage.setItem(keep, input.value);
    input.form?.addEventListener("submit", store);
    return () => input.form?.removeEventListener("submit", store);
  }, [keep]);

  return <input {...props} ref={ref} />;
}

export function ForgetInput({ keep }) {
  useEffect(() => window.sessionStorage.removeItem(keep), [keep]);
  return null;
}
