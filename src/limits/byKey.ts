// What is remembered of each address, network or origin, and never more than so many of them: the shape that every table has whose keys
// strangers choose. Past its cap the one that was used longest ago is forgotten; whoever has so many keys gains nothing by a second try
// from one of them.

/** Keys of a table at most [L27]: 65,536 buckets are some 10 MB of heap. */
export const KEYS_MAX = 65_536;

export class ByKey<Value> {
  /** In order of their latest use. */
  readonly #values = new Map<string, Value>();
  /** The one used last: whoever asks again and again is not moved each time. */
  #latest: string | null = null;

  constructor(private readonly keysMax = KEYS_MAX) {}

  /** What is known of the key, without counting as a use. */
  peek(key: string): Value | undefined {
    return this.#values.get(key);
  }

  /** What is known of the key, or made for it now; it is the one used last. */
  use(key: string, make: () => Value): Value {
    const known = this.#values.get(key);
    if (known !== undefined && key === this.#latest) return known;
    const value = known ?? make();
    if (known !== undefined) this.#values.delete(key);
    this.#values.set(key, value);
    this.#latest = key;
    if (this.#values.size > this.keysMax) this.forgetOldest();
    return value;
  }

  /** Forgets the key; answers what was known of it. */
  remove(key: string): Value | undefined {
    const value = this.#values.get(key);
    this.#values.delete(key);
    if (key === this.#latest) this.#latest = null;
    return value;
  }

  /** Forgets all of which nothing need be known any more: called now and then. */
  prune(isIdle: (value: Value) => boolean): void {
    for (const [key, value] of this.#values) if (isIdle(value)) this.#values.delete(key);
    this.#latest = null;
  }

  get size(): number {
    return this.#values.size;
  }

  private forgetOldest(): void {
    for (const key of this.#values.keys()) {
      this.#values.delete(key);
      return;
    }
  }
}
