import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { load, problemsOf, withFolder } from './loading.ts';

describe('docker.tls', () => {
  it('is on for a tcp:// host once DOCKER_TLS_VERIFY says anything but no', () => {
    for (const yes of ['1', 'yes', 'true', 'anything']) {
      const { settings, origins } = load({ env: { DOCKER_HOST: 'tcp://engine', DOCKER_TLS_VERIFY: yes } });
      expect(settings.docker.tls, yes).to.include({ enabled: true, verify: true });
      expect(settings.docker.host).to.equal('tcp://engine:2376');
      expect(origins.get('docker.tls.enabled')).to.equal('environment');
    }
  });

  it('does not verify once DOCKER_TLS_VERIFY says no, which does not turn it on', () => {
    for (const no of ['0', 'false', 'No', 'off']) {
      const { settings } = load({ env: { DOCKER_HOST: 'tcp://engine', DOCKER_TLS_VERIFY: no } });
      expect(settings.docker.tls, no).to.include({ enabled: false, verify: false });
      expect(settings.docker.host).to.equal('tcp://engine:2375');
    }
    const on = load({ env: { DOCKER_HOST: 'tcp://engine', DOCKER_TLS_VERIFY: '0' }, args: ['--docker.tls.enabled'] });
    expect(on.settings.docker).to.deep.include({ host: 'tcp://engine:2376' });
    expect(on.settings.docker.tls).to.include({ enabled: true, verify: false });
  });

  it('stays off for other hosts, and when an empty variable is all there is', () => {
    for (const host of ['', 'unix:///d.sock', 'ssh://engine', 'http://engine']) {
      expect(load({ env: { DOCKER_HOST: host, DOCKER_TLS_VERIFY: '1' } }).settings.docker.tls.enabled, host).to.equal(
        false,
      );
    }
    expect(load({ env: { DOCKER_HOST: 'tcp://engine', DOCKER_TLS_VERIFY: '' } }).settings.docker.tls.enabled).to.equal(
      false,
    );
  });

  it('is turned on by a variable against the file, but not against a flag', () => {
    const yaml = 'docker: {host: tcp://engine, tls: {enabled: false}}';
    const env = { DOCKER_TLS_VERIFY: '1' };
    expect(load({ yaml, env }).settings.docker.tls.enabled).to.equal(true);
    expect(load({ yaml, env, args: ['--docker.tls.enabled=false'] }).settings.docker.tls.enabled).to.equal(false);
  });

  it('is always on for https://', () => {
    expect(load({ args: ['--docker.host=https://engine'] }).settings.docker.tls.enabled).to.equal(true);
  });

  it('takes from DOCKER_CERT_PATH the files that are there and not named one by one', () => {
    withFolder((folder) => {
      for (const name of ['ca.pem', 'cert.pem', 'key.pem', 'own.pem']) writeFileSync(join(folder, name), '');
      const env = { DOCKER_HOST: 'tcp://engine', DOCKER_CERT_PATH: folder };
      const { settings, origins } = load({ env, args: [`--docker.tls.cert=${join(folder, 'own.pem')}`] });
      expect(settings.docker.tls).to.deep.equal({
        enabled: true,
        verify: true,
        cert_path: folder,
        ca_cert: join(folder, 'ca.pem'),
        cert: join(folder, 'own.pem'),
        key: join(folder, 'key.pem'),
      });
      expect(origins.get('docker.tls.key')).to.equal('environment');
      expect(origins.get('docker.tls.cert')).to.equal('flag');
    });
  });

  it('gets along with a DOCKER_CERT_PATH that holds only a certificate authority', () => {
    withFolder((folder) => {
      writeFileSync(join(folder, 'ca.pem'), '');
      const { tls } = load({ env: { DOCKER_HOST: 'tcp://engine', DOCKER_CERT_PATH: folder } }).settings.docker;
      expect(tls).to.include({ enabled: true, ca_cert: join(folder, 'ca.pem'), cert: '', key: '' });
    });
  });

  it('names the file of DOCKER_CERT_PATH that can be no certificate, and the variable', () => {
    withFolder((folder) => {
      mkdirSync(join(folder, 'ca.pem'));
      expect(problemsOf({ env: { DOCKER_HOST: 'tcp://engine', DOCKER_CERT_PATH: folder } })).to.deep.equal([
        `docker.tls.ca_cert = "${folder}/ca.pem" (environment DOCKER_CERT_PATH): must be a file that can be read: is a directory`,
      ]);
      const file = join(folder, 'file');
      writeFileSync(file, '');
      expect(problemsOf({ env: { DOCKER_HOST: 'tcp://engine', DOCKER_CERT_PATH: file } })).to.deep.equal([
        `docker.tls.cert_path = "${file}" (environment DOCKER_CERT_PATH): must be a directory that can be read: is not a directory`,
      ]);
    });
  });

  it('does not look at a DOCKER_CERT_PATH left over beside a local socket', () => {
    expect(problemsOf({ env: { DOCKER_CERT_PATH: '/nowhere' } })).to.deep.equal([]);
  });
});

describe('performance.max_waiting', () => {
  it('stands by itself until max_concurrent is set, even to its default', () => {
    const waiting = (...args: string[]): number => load({ args }).settings.performance.max_waiting;
    expect(waiting()).to.equal(256);
    expect(waiting('--performance.max_waiting=50')).to.equal(50);
    expect(waiting('--performance.max_concurrent=10')).to.equal(10);
    expect(waiting('--performance.max_concurrent=20', '--performance.max_waiting=5')).to.equal(20);
  });
});
