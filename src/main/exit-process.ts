import { spawn } from 'node:child_process';

/** Calls that one of libuv's threads works on, as `process.getActiveResourcesInfo` names them: files and DNS. */
const IN_THREAD = /^(FSReq|GetAddrInfoReq|GetNameInfoReq)/;
/** Such a call may return by itself within this, milliseconds. */
const KILL_AFTER_MS = 500;

/**
 * Ends the process. Node waits for its threads before it exits, so that a file or DNS call that hangs would keep the process for
 * as long as it hangs. In this case a child process kills this one: the exit code is then that of SIGKILL.
 */
export function exitProcess(code?: number): never {
  if (process.getActiveResourcesInfo().some((name) => IN_THREAD.test(name))) killLater();
  // `process.exit(undefined)` would forget the exit code that was set before.
  if (code !== undefined) process.exitCode = code;
  process.exit();
}

function killLater(): void {
  // Only while it is the parent: the number may belong to another process later.
  const script = `setTimeout(() => { if (process.ppid === ${process.pid}) process.kill(${process.pid}, 'SIGKILL'); }, ${KILL_AFTER_MS})`;
  spawn(process.execPath, ['-e', script], { env: {}, stdio: 'ignore' }).unref();
}
