import { request } from 'node:http';
import type { Agent, ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Simulator } from './simulator.ts';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

type Host = Pick<Simulator, 'host'>;

/** Opens a request to a simulated engine, as a bare HTTP client does. */
export function open({ host }: Host, path: string, options: { method?: string; agent?: Agent } = {}): ClientRequest {
  const address = new URL(host);
  const target =
    address.protocol === 'unix:' ? { socketPath: address.pathname } : { host: address.hostname, port: address.port };
  return request({ ...target, path, ...options });
}

/** Asks and reads the whole answer; an answer that is cut off rejects. */
export async function ask(host: Host, path: string, options: { method?: string; agent?: Agent } = {}): Promise<Answer> {
  const asked = open(host, path, options);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    asked.on('response', resolve).on('error', reject).end();
  });
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

/** Asks for JSON, whose shape the test knows. */
export async function askJson<Body>(host: Host, path: string, options: { agent?: Agent } = {}): Promise<Body> {
  const { text } = await ask(host, path, options);
  return JSON.parse(text);
}

/** Waits for something that will come about by itself; the test's time limit is the limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(2);
}

/** The few fields of a stats answer that tests of the simulator look at. */
export interface StatsBody {
  read: string;
  preread: string;
  name: string;
  cpu_stats: { cpu_usage: { total_usage: number }; throttling_data: { periods: number } };
  precpu_stats: { cpu_usage: { total_usage: number } };
  memory_stats: { usage?: number; limit?: number };
  networks?: Record<string, { rx_bytes: number }>;
}

export interface ListEntry {
  Id: string;
  Names: string[];
  State: string;
  Status: string;
}

export interface InspectBody {
  Id: string;
  Name: string;
  RestartCount: number;
  State: { Status: string; ExitCode: number; StartedAt: string; Health?: { Status: string } };
}

export const ONE_SHOT = 'stats?stream=false&one-shot=true';
