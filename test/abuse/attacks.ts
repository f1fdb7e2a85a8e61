import { answerAttacks } from './answer-attacks.ts';
import type { Attack } from './attack.ts';
import { clientAttacks } from './client-attacks.ts';
import { crowdAttacks } from './crowd-attacks.ts';
import { eventAttacks } from './event-attacks.ts';

export const attacks: readonly Attack[] = [...answerAttacks, ...crowdAttacks, ...eventAttacks, ...clientAttacks];

export function attackNamed(name: string): Attack {
  const attack = attacks.find((each) => each.name === name);
  if (attack === undefined) throw new Error(`no attack is named ${name}`);
  return attack;
}
