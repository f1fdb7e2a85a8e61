/** Who waits. Clients take turns, and so do the users that one client asks for, since many may share an address. */
export interface Turn {
  readonly client: string;
  readonly user: string;
  /** Whether there is such a user. */
  readonly isKnown: boolean;
}

/** A queue of limited length in which nobody is held up by how much others ask for. */
export interface FairQueue<Item extends Turn> {
  /** Returns the item that is one too many, if there is one: the newest of whoever has the most waiting. */
  push(item: Item): Item | undefined;
  /** The item of whoever was not served for the longest time; undefined when nothing waits. */
  shift(): Item | undefined;
}

/**
 * `reserved` of the places are for users that there are: with enough addresses, guesses at other names would take them all,
 * and who has not logged in yet could never do so. Under such a flood an unknown name gets no place where a known one does,
 * which tells those who flood that it exists. That is the lesser evil: they still need its password.
 */
export function createFairQueue<Item extends Turn>(maxLength: number, reserved = 0): FairQueue<Item> {
  /** In the order of arrival. */
  let waiting: readonly Item[] = [];
  /** When clients, and users of clients, were served last; those that were not served lately count as new. */
  const served = new Map<string, number>();
  let turn = 0;

  const clientOf = ({ client }: Item): string => client;
  const userOf = ({ client, user }: Item): string => `${client}\0${user}`;
  const isBefore = (left: Item, right: Item): boolean => {
    const byClient = (served.get(clientOf(left)) ?? 0) - (served.get(clientOf(right)) ?? 0);
    const byUser = (served.get(userOf(left)) ?? 0) - (served.get(userOf(right)) ?? 0);
    return byClient < 0 || (byClient === 0 && byUser < 0);
  };
  const remove = (item: Item | undefined): Item | undefined => {
    waiting = waiting.filter((each) => each !== item);
    return item;
  };

  return {
    push: (item) => {
      waiting = [...waiting, item];
      const unknown = waiting.filter(({ isKnown }) => !isKnown);
      const tooMany = unknown.length > maxLength - reserved ? unknown : waiting.length > maxLength ? waiting : [];
      return remove(largestGroup(largestGroup(tooMany, clientOf), userOf).at(-1));
    },
    shift: () => {
      const [first] = waiting;
      if (first === undefined) return undefined;
      const next = waiting.reduce((best, each) => (isBefore(each, best) ? each : best), first);
      turn += 1;
      for (const key of [clientOf(next), userOf(next)]) {
        served.delete(key);
        served.set(key, turn);
      }
      for (const [key, at] of served) if (at < turn - maxLength) served.delete(key);
      return remove(next);
    },
  };
}

/** Of groups of the same size, the one that came last. */
function largestGroup<Item>(items: readonly Item[], keyOf: (item: Item) => string): readonly Item[] {
  return [...Map.groupBy(items, keyOf).values()].reduce<readonly Item[]>(
    (largest, group) => (group.length >= largest.length ? group : largest),
    [],
  );
}
