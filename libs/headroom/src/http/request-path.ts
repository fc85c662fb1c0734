/** `http://host` of an absolute target. NOTE: not by `URL`, which would resolve `/../` where the routers do not. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;

/** The path of a request's target, as it is routed: without its query, and without the host that an absolute target has. */
export function pathOf(url: string): string {
  const target = url.startsWith('/') ? url : url.replace(ORIGIN, '');
  const end = target.search(/[?#]/);
  return end < 0 ? target : target.slice(0, end);
}
