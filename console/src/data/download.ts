import { heldKey } from './session.ts';

/** Downloads an export of the server under its name. Throws with the server's message when it is rejected. */
export async function download(path: string): Promise<void> {
  const response = await fetch(path, { headers: { authorization: `Bearer ${heldKey() ?? ''}` } });
  if (!response.ok) {
    const body = (await response.json().catch(() => null)) as { error?: { message?: string } } | null;
    throw new Error(body?.error?.message ?? `HTTP ${response.status}`);
  }
  const named = /filename="?([^";]+)/.exec(response.headers.get('content-disposition') ?? '')?.[1];
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = named ?? path.split('/').at(-1) ?? 'export';
  link.click();
  // The browser reads the file after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
