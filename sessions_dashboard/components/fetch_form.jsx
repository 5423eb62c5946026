import { useState } from "react";
import env from "$/env.json";
import { getBackendURL } from "$/utils/state";

/**
 * A form that is posted over HTTP without leaving the page: what it answers may set a cookie, and
 * what the page was doing goes on; with `follow` the browser goes where the answer says instead.
 * The server's sentence is shown when it says no.
 */
export function FetchForm({ action, onDone, follow, offline, children, ...props }) {
  const [problem, setProblem] = useState("");

  const send = async (event) => {
    event.preventDefault();
    setProblem("");
    try {
      const answer = await fetch(new URL(action, getBackendURL(env.PING).origin), {
        method: "POST",
        credentials: "include",
        headers: { Accept: "application/json" },
        body: new URLSearchParams(new FormData(event.target)),
      });
      if (answer.ok && follow) {
        window.location.assign((await answer.json()).location);
      } else if (answer.ok) {
        onDone?.();
      } else {
        setProblem((await answer.json()).message);
      }
    } catch {
      setProblem(offline);
    }
  };

  return (
    <form {...props} onSubmit={send}>
      {problem && (
        <p className="field-problem" role="alert">
          {problem}
        </p>
      )}
      {children}
    </form>
  );
}
