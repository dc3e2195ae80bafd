/** A secret, and what it is for. */
export interface Canary {
  readonly name: string;
  readonly secret: string;
}

/** Base64 of a text that the secret stands in is one of three, by where it begins; the letters at the ends depend on its neighbours. */
function inBase64(secret: string): string[] {
  return [0, 1, 2].map((shift) => {
    const text = Buffer.from('x'.repeat(shift) + secret).toString('base64');
    return text.slice(shift === 0 ? 0 : 4, -4);
  });
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const base64 = inBase64(secret);
  const url = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  const json = JSON.stringify(secret).slice(1, -1);
  return [secret, json, encodeURIComponent(secret), bytes.toString('hex'), ...base64, ...url];
}

/** Which of the secrets stand in which of the texts: as they are, in JSON, URL-encoded, in hexadecimal, in Base64 at any place. */
export function findCanaries(canaries: readonly Canary[], texts: ReadonlyMap<string, string>): string[] {
  return canaries.flatMap(({ name, secret }) => {
    const forms = formsOf(secret);
    return [...texts].flatMap(([where, text]) =>
      forms.some((form) => text.includes(form)) ? [`${name} in ${where}`] : [],
    );
  });
}
