import env from "$/env.json";
import { getBackendURL } from "$/utils/state";

/**
 * A form that the browser itself posts: what sets a cookie has to be real HTTP. In development the
 * server listens on a port of its own, so the address is completed when the form is sent.
 */
export function NativeForm({ action, children, ...props }) {
  const complete = (event) => {
    event.currentTarget.action = new URL(action, getBackendURL(env.PING).origin).href;
  };
  return (
    <form {...props} action={action} method="post" onSubmit={complete}>
      {children}
    </form>
  );
}
