import { readFileSync } from 'node:fs';
import type { BuildInfo } from '../build-info.ts';
import { fixedPaths } from '../config/sections/server.ts';
import type { Endpoint } from './request-handler.ts';

/** No third-party and no inline code: a container's name can't become a program, whatever it is. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * The page for people, which links to these paths and to Grafana where that has an address, and its files, which lie in
 * the folder `dashboard` beside this file, and in a copy of it beside the bundle.
 */
export function dashboardEndpoints(
  paths: readonly string[],
  grafanaUrl: string,
  build: BuildInfo,
): readonly (readonly [string, Endpoint])[] {
  const links = paths.map((path) => link(path.slice(1), path));
  if (grafanaUrl !== '') links.push(link(grafanaUrl, 'Grafana'));
  const html = textOf('dashboard.html')
    .replace('{{version}}', escaped(build.version))
    .replace('{{links}}', () => links.join('\n'));
  return [
    [
      fixedPaths.dashboard,
      file(html, 'text/html', { 'content-security-policy': contentSecurityPolicy, 'referrer-policy': 'no-referrer' }),
    ],
    [fixedPaths.script, file(textOf('dashboard.js'), 'text/javascript')],
    [fixedPaths.eventsScript, file(textOf('events.js'), 'text/javascript')],
    [fixedPaths.stylesheet, file(textOf('dashboard.css'), 'text/css')],
  ];
}

function link(address: string, text: string): string {
  return `<a href="${escaped(address)}">${escaped(text)}</a>`;
}

function textOf(name: string): string {
  return readFileSync(new URL(`./dashboard/${name}`, import.meta.url), 'utf8');
}

function file(text: string, type: string, headers: Readonly<Record<string, string>> = {}): Endpoint {
  const body = Buffer.from(text);
  const reply = {
    status: 200,
    headers: { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-cache', ...headers },
    body,
  };
  return () => reply;
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
