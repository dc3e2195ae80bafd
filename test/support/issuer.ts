import type { ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { startFake } from './fake-http.ts';

type Algorithm = 'RS256' | 'ES256' | 'EdDSA';

interface KeyOfIssuer {
  readonly kid: string;
  readonly alg: Algorithm;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

export interface Issuer {
  /** Settings of an API that takes its tokens. */
  readonly settings: {
    readonly JWT_ISSUER: string;
    readonly JWT_AUDIENCE: string;
    readonly JWKS_URL: string;
  };
  /** How its page of keys answers. */
  mode: 'UP' | 'DOWN' | 'SILENT' | 'NONSENSE' | 'ENDLESS' | 'REDIRECT' | 'CROWD';
  /** What stands before the keys on its page. */
  extra: readonly unknown[];
  /** How often it was asked for its keys. */
  readonly asked: number;
  /** The page of keys has these from now on. */
  publish(...keys: readonly KeyOfIssuer[]): Promise<void>;
  /** A token as it should be, for a minute, unless other claims are given; undefined leaves one out. */
  token(claims?: Readonly<Record<string, unknown>>, by?: KeyOfIssuer, header?: object): Promise<string>;
  close(): Promise<void>;
}

export async function makeKeyOf(kid: string, alg: Algorithm = 'ES256'): Promise<KeyOfIssuer> {
  const pair = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, ...pair };
}

/** A page of keys without an end, as fast as it is read. */
function sendEndlessly(response: ServerResponse): void {
  const part = Buffer.alloc(65_536, ' ');
  const send = () => {
    while (!response.destroyed && response.write(part));
  };
  response.write('{"keys":[');
  response.on('drain', send);
  send();
}

/** Issues tokens that jose signs, and serves its public keys over HTTP. */
export async function startIssuer(first: KeyOfIssuer): Promise<Issuer> {
  let page: readonly JWK[] = [];
  const fake = await startFake((_url, response) => {
    if (issuer.mode === 'SILENT') return;
    if (issuer.mode === 'DOWN') response.destroy();
    else if (issuer.mode === 'NONSENSE') response.end('<html>');
    else if (issuer.mode === 'ENDLESS') sendEndlessly(response);
    else if (issuer.mode === 'REDIRECT') response.writeHead(302, { location: '/other' }).end();
    else if (issuer.mode === 'CROWD') response.end(JSON.stringify({ keys: Array(101).fill(page[0]) }));
    else response.end(JSON.stringify({ keys: [...issuer.extra, ...page] }));
  });
  const settings = {
    JWT_ISSUER: 'https://issuer.example/',
    JWT_AUDIENCE: 'thetool',
    JWKS_URL: `${fake.origin}/jwks.json`,
  };
  const issuer: Issuer = {
    settings,
    mode: 'UP',
    extra: [],
    get asked() {
      return fake.requests.length;
    },
    async publish(...keys) {
      page = await Promise.all(
        keys.map(async ({ kid, alg, publicKey }) => ({
          ...(await exportJWK(publicKey)),
          kid,
          alg,
          use: 'sig',
        })),
      );
    },
    token(claims = {}, { kid, alg, privateKey } = first, header = {}) {
      const now = Math.floor(Date.now() / 1_000);
      const payload = {
        iss: settings.JWT_ISSUER,
        aud: settings.JWT_AUDIENCE,
        sub: 'anna',
        iat: now,
        exp: now + 60,
        workspace: DEFAULT_WORKSPACE_ID,
        ...claims,
      };
      const said = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined));
      return new SignJWT(said).setProtectedHeader({ alg, kid, ...header }).sign(privateKey);
    },
    close: () => fake.close(),
  };
  await issuer.publish(first);
  return issuer;
}
