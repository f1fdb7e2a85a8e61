import type { ServerResponse } from 'node:http';
import { beginBody, sendBody, sendMessage } from './answers.ts';
import type { Endpoint } from './routes.ts';

/**
 * How an answer goes wrong:
 * - `hang-before-headers` and `hang-in-body` never end; `cut-before-headers` and `cut-body` end with the connection
 * - `garbage` is 200 with something that is not JSON, `empty` 200 with nothing, `body` 200 with that text
 * - `status` is an error of the engine with its JSON message; `delay` is right, but so many milliseconds late
 */
export type Fault =
  | 'hang-before-headers'
  | 'hang-in-body'
  | 'cut-before-headers'
  | 'cut-body'
  | 'garbage'
  | 'empty'
  | { body: string }
  | { status: number; message?: string }
  | { delay: number };

/** The faults that are set, each for a whole endpoint or for one container there. */
export interface Faults {
  set(endpoint: Endpoint, fault: Fault, id?: string): void;
  find(endpoint: Endpoint, id: string | undefined): Fault | undefined;
  clear(): void;
}

export function createFaults(): Faults {
  const faults = new Map<string, Fault>();
  return {
    set(endpoint, fault, id) {
      faults.set(key(endpoint, id), fault);
    },
    find(endpoint, id) {
      if (faults.size === 0) return undefined;
      return faults.get(key(endpoint, id)) ?? faults.get(key(endpoint));
    },
    clear: () => faults.clear(),
  };
}

function key(endpoint: Endpoint, id = ''): string {
  return `${endpoint} ${id}`;
}

export interface Misbehaviour {
  response: ServerResponse;
  headers: Readonly<Record<string, string>>;
  /** Gives the right answer, in full. */
  answer: () => void;
}

/** Answers as the fault says. A hanging answer ends when the client or the server closes the connection. */
export function misbehave(fault: Fault, { response, headers, answer }: Misbehaviour): void {
  if (typeof fault === 'object') {
    if ('body' in fault) return sendBody(response, headers, fault.body);
    if ('status' in fault) return sendMessage(response, headers, fault.status, fault.message ?? 'simulated fault');
    const timer = setTimeout(answer, fault.delay);
    response.once('close', () => clearTimeout(timer));
    return;
  }
  switch (fault) {
    case 'hang-before-headers':
      return;
    case 'hang-in-body':
      beginBody(response, headers);
      response.write('{"read":"2026-');
      return;
    case 'cut-before-headers':
      response.destroy();
      return;
    case 'cut-body':
      beginBody(response, headers);
      response.write('{"read":"2026-', () => response.destroy());
      return;
    case 'garbage':
      return sendBody(response, headers, '<html>not what you asked for</html>');
    case 'empty':
      return sendBody(response, headers, '');
  }
}
