import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryDirectory } from './processes.ts';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const QUIET = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts'];

export interface Packed {
  /** The tarball, as `npm publish` would upload it. */
  readonly tarball: string;
  /** Paths in the tarball. */
  readonly files: readonly string[];
}

/** Packs the client into the folder. */
export async function packClient(folder: string): Promise<Packed> {
  const { stdout } = await execute('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: join(root, 'packages/client'),
  });
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as {
    readonly filename: string;
    readonly files: readonly { readonly path: string }[];
  }[];
  if (packed === undefined) throw new Error('npm pack made no package.');
  return { tarball: join(folder, packed.filename), files: packed.files.map(({ path }) => path) };
}

export interface Outcome {
  readonly failed: boolean;
  readonly output: string;
}

/** Runs a program to its end; a failure is an outcome, too. */
export async function outcomeOf(
  command: string,
  args: readonly string[],
  options: object = {},
): Promise<Outcome> {
  try {
    const { stdout, stderr } = await execute(command, args, { maxBuffer: 2 ** 26, ...options });
    return { failed: false, output: `${stdout}${stderr}` };
  } catch (error) {
    const { stdout = '', stderr = String(error) } = error as { stdout?: string; stderr?: string };
    return { failed: true, output: `${stdout}${stderr}` };
  }
}

export interface Checks {
  readonly packed: Packed;
  /** A project into which npm has installed the tarball and nothing else. */
  readonly project: string;
  /** Names in the folder of packages of the project, before anything is linked. */
  readonly installed: readonly string[];
  /** Path of a command or a file of the tools in `test/package/package.json`. */
  tool(path: string): string;
  /** Makes packages of the repository available to the project. */
  link(...names: string[]): Promise<void>;
  write(name: string, text: string): Promise<void>;
  remove(): Promise<void>;
}

/** Packs the client once, installs it into an empty project, and installs the tools beside the project. */
export async function installClient(): Promise<Checks> {
  const directory = await temporaryDirectory();
  const tools = join(directory.path, 'tools');
  const project = join(directory.path, 'project');
  for (const folder of [tools, project]) await mkdir(folder);
  const write = (name: string, text: string) => writeFile(join(project, name), text);
  for (const name of ['package.json', 'package-lock.json']) {
    await cp(join(root, 'test/package', name), join(tools, name));
  }
  await write('package.json', JSON.stringify({ private: true, type: 'module' }));
  const packed = await packClient(directory.path);
  await Promise.all([
    execute('npm', ['ci', ...QUIET], { cwd: tools }),
    execute('npm', ['install', ...QUIET, packed.tarball], { cwd: project }),
  ]);
  const names = await readdir(join(project, 'node_modules'));
  return {
    packed,
    project,
    installed: names.filter((name) => !name.startsWith('.')).sort(),
    tool: (path) => join(tools, 'node_modules', path),
    async link(...names) {
      for (const name of names) {
        const target = join(project, 'node_modules', name);
        await mkdir(dirname(target), { recursive: true });
        await rm(target, { recursive: true, force: true });
        await symlink(join(root, 'node_modules', name), target);
      }
    },
    write,
    remove: () => directory.remove(),
  };
}
