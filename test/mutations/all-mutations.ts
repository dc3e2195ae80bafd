import { addressMutations } from './address-mutations.ts';
import { bystanderMutations } from './bystander-mutations.ts';
import { claimMutations } from './claim-mutations.ts';
import { clientMutations } from './client-mutations.ts';
import { clockMutations } from './clock-mutations.ts';
import { doorMutations } from './door-mutations.ts';
import { exampleMutations } from './example-mutations.ts';
import { fairnessMutations } from './fairness-mutations.ts';
import { fileMutations } from './file-mutations.ts';
import { importMutations } from './import-mutations.ts';
import { limitMutations } from './limit-mutations.ts';
import { lockMutations } from './lock-mutations.ts';
import type { Mutation } from './mutation.ts';
import { rowMutations } from './mutations.ts';
import { nameMutations } from './name-mutations.ts';
import { privilegeMutations } from './privilege-mutations.ts';
import { processMutations } from './process-mutations.ts';
import { readMutations } from './read-mutations.ts';
import { realtimeMutations } from './realtime-mutations.ts';
import { sessionMutations } from './session-mutations.ts';
import { sourceMutations } from './source-mutations.ts';
import { spanMutations } from './span-mutations.ts';
import { submitMutations } from './submit-mutations.ts';
import { wallMutations } from './wall-mutations.ts';
import { warningMutations } from './warning-mutations.ts';

/** Every mutation, in the order in which they run. A file of mutations per area of the product. */
export const mutations: readonly Mutation[] = [
  ...rowMutations,
  ...wallMutations,
  ...bystanderMutations,
  ...lockMutations,
  ...claimMutations,
  ...clockMutations,
  ...readMutations,
  ...submitMutations,
  ...spanMutations,
  ...realtimeMutations,
  ...clientMutations,
  ...sourceMutations,
  ...fileMutations,
  ...warningMutations,
  ...sessionMutations,
  ...importMutations,
  ...processMutations,
  ...nameMutations,
  ...doorMutations,
  ...addressMutations,
  ...privilegeMutations,
  ...limitMutations,
  ...fairnessMutations,
  ...exampleMutations,
];
