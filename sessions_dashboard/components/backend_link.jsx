import env from "$/env.json";
import { getBackendURL } from "$/utils/state";

/**
 * A link to a file that the server itself answers with. In development the server listens on a port
 * of its own, so the address is completed.
 */
export function BackendLink({ path, children, ...props }) {
  return (
    <a {...props} href={new URL(path, getBackendURL(env.PING).origin).href} download>
      {children}
    </a>
  );
}
