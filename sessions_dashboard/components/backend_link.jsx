import env from "$/env.json";
import { getBackendURL } from "$/utils/state";

/**
 * A link to what the server itself answers with, a page or a file to be kept. In development the server listens on a port
 * of its own, so the address is completed.
 */
export function BackendLink({ path, download, children, ...props }) {
  return (
    <a {...props} href={new URL(path, getBackendURL(env.PING).origin).href} download={download}>
      {children}
    </a>
  );
}
