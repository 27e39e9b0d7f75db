/** Somebody who listens to a resource. */
export interface Listening {
  readonly uri: string;
  /** Whose resource it is, where each caller has its own at the upstream. */
  readonly callerId: string | undefined;
}

/** Who wants to hear of which resource: an upstream is told once, whoever and how many they are. */
export class ListenedResources {
  private readonly listened = new Map<string, { readonly one: Listening; readonly owners: Set<string> }>();

  /** Of a caller, or of all where they share them. */
  of(callerId: string | undefined): string[] {
    return [...this.listened.values()].flatMap(({ one }) => (one.callerId === callerId ? one.uri : []));
  }

  has(one: Listening): boolean {
    return this.listened.has(keyOf(one));
  }

  /** Answers whether it is the first. */
  add(one: Listening, owner: string): boolean {
    const known = this.listened.get(keyOf(one));
    if (known) {
      known.owners.add(owner);
      return false;
    }
    this.listened.set(keyOf(one), { one, owners: new Set([owner]) });
    return true;
  }

  /** Answers whether it was the last. */
  remove(one: Listening, owner: string): boolean {
    const owners = this.listened.get(keyOf(one))?.owners;
    if (!owners?.delete(owner) || owners.size > 0) return false;
    return this.listened.delete(keyOf(one));
  }

  /** Answers what nobody listens to any more. */
  removeAll(owner: string): Listening[] {
    return [...this.listened.values()].flatMap(({ one }) => (this.remove(one, owner) ? one : []));
  }
}

function keyOf({ uri, callerId }: Listening): string {
  return JSON.stringify([callerId, uri]);
}
