import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { run } from '../support/processes.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** What a command says and ends with. */
async function command(script: string, ...args: string[]): Promise<{ code: number | string; text: string }> {
  const started = run(script, { DATABASE_URL: database.url, LOG_LEVEL: 'fatal' }, { args });
  return { code: await started.exited, text: started.output() };
}
const workspaces = (...args: string[]) => command('workspaces.mjs', ...args);

test('a workspace is suspended, resumed, suspended and deleted', async () => {
  await command('keys.mjs', 'create-workspace', 'Partner');
  expect((await workspaces('suspend', 'Partner')).text).toMatch(/Workspace Partner \(.*\) is suspended\./);
  expect((await workspaces('list')).text).toMatch(/ {2}suspended 2\S+Z {2}Partner$/m);
  expect((await workspaces('resume', 'Partner')).text).toContain('is in use again');
  expect(await workspaces('delete', 'Partner', '--yes')).toMatchObject({
    code: 1,
    text: expect.stringContaining('suspend it first'),
  });
  await workspaces('suspend', 'Partner');
  expect((await workspaces('delete', 'Partner', '--yes')).text).toContain('is deleted');
  expect((await workspaces('list')).text).not.toContain('Partner');
});

test.each([
  [[], 'Usage: npm run workspaces'],
  [['delete', 'x'], 'Usage: npm run workspaces'],
  [['suspend', 'x', '--yes'], 'Usage: npm run workspaces'],
  [['list', 'x'], 'Usage: npm run workspaces'],
  [['suspend', 'nobody'], 'There is no workspace nobody.'],
  [['suspend', '00000000-0000-7000-8000-000000000001'], 'The default workspace cannot be suspended'],
])('%j is rejected with what to do', async (args, said) => {
  const { code, text } = await workspaces(...args);
  expect(text).toContain(said);
  expect(code).toBe(1);
});
