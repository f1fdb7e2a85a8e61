import type { RequestListener, ServerResponse } from 'node:http';
import { sendBody, sendMessage } from './answers.ts';
import type { Engine } from './engine.ts';
import { answerEvents } from './event-answers.ts';
import { misbehave } from './faults.ts';
import type { Faults } from './faults.ts';
import { isOlder, route, switchedOn } from './routes.ts';
import type { EngineRequest } from './routes.ts';
import type { StatsAnswers } from './stats-answers.ts';
import type { TrafficCounter } from './traffic.ts';

export interface HandlerParts {
  engine: Engine;
  faults: Faults;
  traffic: TrafficCounter;
  stats: StatsAnswers;
}

/** Makes the handler of all requests: counts them, refuses as the engine does, then answers or misbehaves. */
export function createHandler({ engine, faults, traffic, stats }: HandlerParts): RequestListener {
  const { headers } = engine;

  function answer(
    response: ServerResponse,
    { endpoint, container = '', query }: EngineRequest,
    id: string | undefined,
  ): void {
    switch (endpoint) {
      case 'ping':
        return sendBody(response, { ...headers, 'Content-Type': 'text/plain; charset=utf-8' }, 'OK');
      case 'version':
        return sendBody(response, headers, engine.version());
      case 'info':
        return sendBody(response, headers, engine.info());
      case 'images':
        return sendBody(response, headers, engine.images());
      case 'volumes':
        return sendBody(response, headers, engine.volumes());
      case 'networks':
        return sendBody(response, headers, engine.networks());
      case 'disk':
        return sendBody(response, headers, engine.diskUsage(query.getAll('type')));
      case 'list':
        return sendBody(response, headers, engine.list(switchedOn(query.get('all'), false)));
      case 'events':
        return answerEvents(engine, response, query);
      case 'inspect':
      case 'stats':
        if (id === undefined) return sendMessage(response, headers, 404, `No such container: ${container}`);
        if (endpoint === 'stats') return stats.answer(response, id);
        return sendBody(response, headers, engine.inspect(id));
      case 'unknown':
        return sendMessage(response, {}, 404, 'page not found');
    }
  }

  function versionRefusal(version: string): string | undefined {
    const { apiVersion, minimumApiVersion } = engine;
    if (isOlder(apiVersion, version)) {
      return `client version ${version} is too new. Maximum supported API version is ${apiVersion}`;
    }
    if (isOlder(version, minimumApiVersion)) {
      return (
        `client version ${version} is too old. Minimum supported API version is ${minimumApiVersion}, ` +
        'please upgrade your client to a newer version'
      );
    }
    return undefined;
  }

  return (request, response) => {
    const { method = '', url = '' } = request;
    const asked = route(method, url);
    traffic.begin(asked.endpoint, `${method} ${url}`);
    response.once('close', () => traffic.end(asked.endpoint));

    const refusal = asked.version === undefined ? undefined : versionRefusal(asked.version);
    if (refusal !== undefined) return sendMessage(response, headers, 400, refusal);
    const id = asked.container === undefined ? undefined : engine.find(asked.container);
    const fault = faults.find(asked.endpoint, id);
    const answerRightly = () => answer(response, asked, id);
    if (fault === undefined) return answerRightly();
    misbehave(fault, { response, headers, answer: answerRightly });
  };
}
