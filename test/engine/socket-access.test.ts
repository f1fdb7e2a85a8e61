import { chmodSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect } from 'chai';
import { connectEngine } from '../../lib/agent.ts';
import { loadSettings } from '../../lib/config/settings.ts';
import { type Diagnosis, diagnose } from '../../lib/doctor/doctor.ts';
import { type DockerEngine, startDockerEngine } from '../support/docker-engine.ts';
import { needsEngine } from '../support/tools.ts';

const nobody = 65_534;

describe("an engine's socket, to a process without rights", function () {
  this.timeout(60_000);
  let engine: DockerEngine;

  needsEngine();
  before('a Docker Engine', async () => {
    engine = await startDockerEngine();
  });
  after(() => engine?.stop());

  /** Visits as the user nobody in those groups; the process is root again afterwards. */
  const visitIn = async (groups: readonly number[]): Promise<Diagnosis> => {
    const own = process.getgroups?.() ?? [];
    process.setgroups?.([...groups]);
    process.setegid?.(nobody);
    process.seteuid?.(nobody);
    try {
      return await diagnose(loadSettings({ args: ['--docker.host', engine.host], env: {} }), connectEngine);
    } finally {
      process.seteuid?.(0);
      process.setegid?.(0);
      process.setgroups?.(own);
    }
  };

  it('is out of sight behind a directory that is closed to it', async () => {
    chmodSync(dirname(engine.socketPath), 0o700);
    const { findings, exitCode } = await visitIn([]);
    expect(exitCode).to.equal(1);
    expect(findings[0]?.text).to.contain('cannot traverse a parent directory');
  });

  it('is closed until it joins the group that the doctor names', async () => {
    chmodSync(dirname(engine.socketPath), 0o711);
    const { gid } = statSync(engine.socketPath);
    expect(gid).to.not.equal(0);

    const outside = await visitIn([]);
    expect(outside.exitCode).to.equal(1);
    expect(outside.findings[0]?.text).to.contain(`group ${gid}, mode 0660: no access for user ${nobody}`);
    expect(outside.findings[0]?.advice?.[0]).to.contain(`--group-add ${gid};`);
    expect(outside.findings[1]?.text).to.contain('EACCES');

    const inside = await visitIn([gid]);
    expect(inside.findings.filter(({ level }) => level !== 'ok')).to.deep.equal([]);
    expect(inside.exitCode).to.equal(0);
  });
});
