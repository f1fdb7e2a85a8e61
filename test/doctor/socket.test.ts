import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { checkSocket, describeSocket, mayUse } from '../../lib/doctor/socket.ts';

const docker = { uid: 0, gid: 998, mode: 0o140_660 };
/** O_PATH of Linux: a socket can't be opened otherwise. */
const openOnlyPath = 0o10000000;

const node = { user: 1000, groups: [1000] };

describe('access to a socket', () => {
  it('is judged as the kernel judges it: by the first class that fits, and never for root', () => {
    expect(mayUse(docker, node)).to.equal(false);
    expect(mayUse(docker, { user: 1000, groups: [1000, 998] })).to.equal(true);
    expect(mayUse(docker, { user: 0, groups: [0] })).to.equal(true);
    expect(mayUse({ uid: 1000, gid: 998, mode: 0o060 }, { user: 1000, groups: [998] })).to.equal(false);
    expect(mayUse({ uid: 0, gid: 0, mode: 0o666 }, node)).to.equal(true);
    expect(mayUse({ uid: 0, gid: 1000, mode: 0o640 }, node)).to.equal(false);
  });

  it('comes with the exact group to add, granted or not', () => {
    const advice = ['docker run --group-add 998; compose group_add: ["998"]; Kubernetes supplementalGroups: [998]'];
    expect(describeSocket('s', docker, node)).to.deep.equal({
      level: 'fail',
      subject: 's',
      text: 'user 0, group 998, mode 0660: no access for user 1000 in the groups 1000',
      advice: [
        ...advice,
        'without a container: sudo usermod -aG docker USER (the group with id 998), and log in again; systemd: SupplementaryGroups=docker',
      ],
    });
    expect(describeSocket('s', docker, { user: 1000, groups: [998] })).to.deep.equal({
      level: 'ok',
      subject: 's',
      text: 'user 0, group 998, mode 0660',
      advice,
    });
  });

  it('comes with the user to be where no group is let in', () => {
    const { advice = [] } = describeSocket('s', { uid: 1001, gid: 1001, mode: 0o600 }, node);
    expect(advice[0]).to.contain('--user 1001');
  });
});

describe('the file of a socket', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
  after(() => rmSync(folder, { recursive: true }));

  it('may be that of a daemon that has deleted it since, as a mount keeps it', async () => {
    const path = join(folder, 'docker.sock');
    const server = createServer().listen(path);
    await once(server, 'listening');
    const oldSocket = openSync(path, openOnlyPath);
    const found = (): string => checkSocket(`/proc/self/fd/${oldSocket}`, { user: 0, groups: [0] }).text;
    expect(found()).to.contain('user 0');
    unlinkSync(path);
    expect(found()).to.match(/^is an old one/);
    closeSync(oldSocket);
    server.close();
  });

  it('may be missing, a directory, or a plain file', () => {
    mkdirSync(join(folder, 'directory'));
    writeFileSync(join(folder, 'file'), '');
    const texts = ['missing', 'directory', 'file'].map((name) => checkSocket(join(folder, name), node).text);
    expect(texts).to.deep.equal(['no such file', 'is a directory, not a socket', 'is a file, not a socket']);
  });
});
