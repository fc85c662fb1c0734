/** The path of a request's target: without its query, and without the host that an absolute target has. */
export function pathOf(url: string): string {
  if (!url.startsWith('/')) return URL.canParse(url) ? new URL(url).pathname : url;
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}
