/** Who wants to hear of which resource: an upstream is told once, whoever and how many they are. */
export class ListenedResources {
  private readonly owners = new Map<string, Set<string>>();

  all(): string[] {
    return [...this.owners.keys()];
  }

  /** Answers whether it is the first. */
  add(uri: string, owner: string): boolean {
    const owners = this.owners.get(uri);
    if (owners) {
      owners.add(owner);
      return false;
    }
    this.owners.set(uri, new Set([owner]));
    return true;
  }

  /** Answers whether it was the last. */
  remove(uri: string, owner: string): boolean {
    const owners = this.owners.get(uri);
    if (!owners?.delete(owner) || owners.size > 0) return false;
    return this.owners.delete(uri);
  }

  /** Answers what nobody listens to any more. */
  removeAll(owner: string): string[] {
    return this.all().filter((uri) => this.remove(uri, owner));
  }
}
