/**
 * Texts by which a suite is recognised as one that sends hostile input: words for such input, and the codes with which it is rejected.
 * `test/drift/bystanders.test.ts` demands a bystander (`bystander.ts`) of each such suite, or a reason here.
 */
export const HOSTILE_MARKS =
  /hostile|attack|poison|malformed|forged|crafted|bomb|INVALID_INPUT|LIMIT_EXCEEDED|QUERY_TOO_COMPLEX|BAD_REQUEST|FORBIDDEN|UNAUTHENTICATED|status\b.*\b4(?:00|01|03|06|13|15|29)\b|\b44(?:00|01|03|08|09|29)\b/;

/** Suites that send hostile input in other words. */
export const FURTHER_HOSTILE_SUITES: readonly string[] = [
  'test/integration/boundary-requests.test.ts',
  'test/integration/client-aborts.test.ts',
  'test/integration/client-leaves.test.ts',
  'test/integration/http-audit.test.ts',
  'test/integration/instruments.test.ts',
  'test/integration/shared-jobs.test.ts',
  'test/alone/slow-clients.test.ts',
  'test/integration/webhook-names.test.ts',
  'test/integration/workspace-quotas.test.ts',
];

const NO_API = 'sends hostile input to no API of the product: ';

/** Suites with one of the marks that have no bystander, and why. */
export const SUITES_WITHOUT_BYSTANDER: Readonly<Record<string, string>> = {
  'test/e2e/live.test.ts':
    'sends one hostile ticker; hostile-text sends hostile texts to every argument, beside a bystander',
  'test/e2e/workers.test.ts': `${NO_API}items are poison for workers`,
  'test/integration/bar-figures.test.ts':
    'changes stored results of all workspaces, as an earlier version left them; its only rejection is that of a mutation without its scope',
  'test/integration/client.test.ts': `${NO_API}a server of the test closes the connections of the client with hostile codes`,
  'test/integration/example-python.test.ts':
    'sends a few rejected values to see the errors of a client; boundary-calls sends such values beside a bystander',
  'test/integration/limits.test.ts':
    'counts the statements of the API, and those of a bystander would count; fuzz and boundary-calls send such documents beside a bystander',
  'test/integration/members-command.test.ts':
    'its one rejection is that of a credential that ends while its request waits; minted-keys sends such requests beside a bystander',
  'test/integration/queue.test.ts':
    'makes, ends and removes items of all workspaces; of values it sends a note that is too long, as boundary-calls does beside a bystander',
  'test/integration/ranking.test.ts':
    'counts the statements of the API, and those of a bystander would count; boundary-calls sends hostile values to the same arguments',
  'test/integration/series.test.ts':
    'counts the statements of the API, and those of a bystander would count; boundary-calls sends hostile values to the same arguments',
  'test/integration/server-settings.test.ts': `${NO_API}the settings of a database server are hostile`,
  'test/integration/shared-reads.test.ts': `${NO_API}it calls the shared reads directly, with those of a second workspace in each statement`,
  'test/integration/zombies.test.ts': `${NO_API}items are poison for workers; an item of a second workspace is stored beside them`,
};

/** Tests of hostile suites that start a further API and have no bystander on it, by suite and title, and why. */
export const TESTS_WITHOUT_BYSTANDER: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'test/integration/access.test.ts': {
    'an API without any key refuses to start, with what to do':
      'what is rejected is the start; the API gets one query with its own key',
    'a BOOTSTRAP_KEY that is an API key already is rejected at the start, also when that was revoked':
      'no API comes up',
  },
  'test/integration/keys-command.test.ts': {
    'generate prints a key that is in no table': 'the API gets no request',
  },
  'test/integration/minted-keys.test.ts': {
    'when that is a token, unless JWT_KEY_DAYS lets keys of members live longer':
      'the further API gets one valid request; the one that is rejected goes to the API of the suite',
  },
  'test/integration/tokens.test.ts': {
    'who may come in with a token needs no API key: the API starts when there is a member':
      'the API gets no request',
  },
};
