import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import ssh2, { type AnyAuthMethod } from 'ssh2';

/** With what to log in, in the order it is tried. */
export interface SshLogin {
  readonly methods: AnyAuthMethod[];
  /** What was tried and what could not be, for the message when none of it opens the door. */
  readonly description: string;
}

const identityFiles = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/**
 * The agent at SSH_AUTH_SOCK, then the default identity files in `directory`. A file with a passphrase is left out:
 * nobody is there to type it.
 */
export function sshLogin(username: string, directory: string): SshLogin {
  const agent = process.env.SSH_AUTH_SOCK ?? '';
  const methods: AnyAuthMethod[] = agent === '' ? [] : [{ type: 'agent', username, agent }];
  const tried = [agent === '' ? 'no agent, for SSH_AUTH_SOCK is not set' : 'the agent at SSH_AUTH_SOCK'];
  for (const file of identityFiles) {
    const key = readIdentity(join(directory, file));
    if (key === undefined) continue;
    if (key instanceof Error) {
      tried.push(`${file} not: ${key.message}`);
    } else {
      methods.push({ type: 'publickey', username, key });
      tried.push(file);
    }
  }
  if (tried.length === 1) tried.push(`no ${identityFiles.join(', ')} in ${directory}`);
  return { methods, description: tried.join('; ') };
}

/** Throws when the system has no name for the current user, as in a container with a user id of its own. */
export function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    throw new Error('this process has no user name: write it into the address, ssh://user@host');
  }
}

/** Undefined where there is no such file. */
function readIdentity(path: string): ReturnType<typeof ssh2.utils.parseKey> | undefined {
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code !== 'ENOENT' ? error : undefined;
  }
  return ssh2.utils.parseKey(content);
}
