import { useEffect, useRef, useState } from "react";

/**
 * A password field with a button that shows what was typed. It is covered again when the form is
 * sent, so that no browser keeps it as the text of an ordinary field.
 */
export function PasswordInput({ show, children, ...props }) {
  const [shown, setShown] = useState(false);
  const input = useRef(null);

  useEffect(() => {
    const form = input.current.form;
    const cover = () => {
      input.current.type = "password";
      setShown(false);
    };
    form?.addEventListener("submit", cover);
    return () => form?.removeEventListener("submit", cover);
  }, []);

  return (
    <span className="password-input">
      <input {...props} ref={input} type={shown ? "text" : "password"} />
      <button
        type="button"
        className="button button-quiet button-icon"
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
      >
        <span className="visually-hidden">{show}</span>
        {children}
      </button>
    </span>
  );
}
