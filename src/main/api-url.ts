/** The address of the API of this process; an IPv6 address is written in brackets. */
export function apiUrl(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}/graphql`;
}
