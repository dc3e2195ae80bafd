import { expect, test } from 'vitest';
import { type Effects, faultsOfEffects, faultsOfRound, type Kind, type Round } from '../../repeats/judge.ts';

const conflict = { __typename: 'KeyConflictError', code: 'IDEMPOTENCY_CONFLICT' };
const job = JSON.stringify({ __typename: 'SubmitJobPayload', job: { id: '1' } });
const issued = JSON.stringify({ __typename: 'IssuedApiKey', secret: 's', apiKey: { keyId: 'k' } });
const told = JSON.stringify({ __typename: 'SecretToldError', code: 'SECRET_TOLD', subjectId: 'k' });
const faultsWith = (changes: Partial<Round>) =>
  faultsOfRound({ n: 7, kind: 'submitAnalysis', answers: new Map([[job, 200]]), conflict, ...changes });

test('a round with one answer, or one secret and word of it, has no fault', () => {
  expect(faultsWith({})).toEqual([]);
  const answers = new Map([
    [told, 199],
    [issued, 1],
  ]);
  expect(faultsWith({ kind: 'createApiKey', answers })).toEqual([]);
});

test.each<[string, Partial<Round>]>([
  [
    'two answers',
    {
      answers: new Map([
        [job, 199],
        [job.replace('"1"', '"2"'), 1],
      ]),
    },
  ],
  [
    'two secrets',
    {
      answers: new Map([
        [issued, 1],
        [issued.replace('"s"', '"t"'), 1],
        [told, 198],
      ]),
    },
  ],
  [
    'one secret told twice',
    {
      answers: new Map([
        [issued, 2],
        [told, 198],
      ]),
    },
  ],
  [
    'word of another secret',
    {
      answers: new Map([
        [issued, 1],
        [told.replace('"k"', '"l"'), 199],
      ]),
    },
  ],
  ['word of a secret that nobody was told', { answers: new Map([[told, 200]]) }],
  [
    'a refusal',
    {
      answers: new Map([
        [job, 199],
        ['{"__typename":"NotFoundError","code":"NOT_FOUND"}', 1],
      ]),
    },
  ],
  ['no conflict for another input', { conflict: { __typename: 'SubmitJobPayload' } }],
])('%s is a fault', (_what, changes) => {
  expect(faultsWith(changes)).not.toEqual([]);
});

const played: readonly Kind[] = ['submitAnalysis', 'addToWatchlist', 'createApiKey', 'addToWatchlist'];
function effects(changes: Partial<Effects> = {}): Effects {
  return {
    ofRounds: {
      submitAnalysis: new Map([[0, 1]]),
      addToWatchlist: new Map([
        [1, 1],
        [3, 1],
      ]),
      createApiKey: new Map([[2, 1]]),
    },
    total: { submitAnalysis: 1, addToWatchlist: 2, createApiKey: 1 },
    edits: 2,
    answers: 4,
    ...changes,
  };
}

test('one effect of every round and nothing else is no fault', () => {
  expect(faultsOfEffects(played, effects())).toEqual([]);
});

test.each<[string, Partial<Effects>]>([
  ['a round with two effects', { ofRounds: { ...effects().ofRounds, createApiKey: new Map([[2, 2]]) } }],
  ['a round without one', { ofRounds: { ...effects().ofRounds, submitAnalysis: new Map() } }],
  ['an effect of no round', { total: { ...effects().total, submitAnalysis: 2 } }],
  ['a change too many', { edits: 3 }],
  ['an answer that was not stored', { answers: 3 }],
])('%s is a fault', (_what, changes) => {
  expect(faultsOfEffects(played, effects(changes))).not.toEqual([]);
});
