// The first so many of a great many, in one pass: a heap of those kept, the least of them on top, which the next one has to beat. To sort ten
// thousand rooms takes up to 14 ms, and this a third of one [M3].

export class Top<T> {
  readonly #keys: number[] = [];
  readonly #items: T[] = [];

  /** @param max how many are kept */
  constructor(private readonly max: number) {}

  /** Keeps the item if its key is among the greatest; of equal ones the first. */
  offer(key: number, item: T): void {
    if (this.#keys.length < this.max) this.#rise(this.#keys.length, key, item);
    else if (key > (this.#keys[0] ?? Number.POSITIVE_INFINITY)) this.#sink(key, item);
  }

  /** Those kept, the greatest key first. */
  sorted(): T[] {
    const pairs = this.#items.map((item, at) => ({ item, key: this.#keys[at] ?? 0 }));
    return pairs.sort((one, other) => other.key - one.key).map(({ item }) => item);
  }

  #rise(from: number, key: number, item: T): void {
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if ((this.#keys[above] ?? 0) <= key) break;
      this.#move(above, at);
      at = above;
    }
    this.#put(at, key, item);
  }

  #sink(key: number, item: T): void {
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= this.#keys.length) break;
      if ((this.#keys[below + 1] ?? Number.POSITIVE_INFINITY) < (this.#keys[below] ?? 0)) below++;
      if ((this.#keys[below] ?? 0) >= key) break;
      this.#move(below, at);
      at = below;
    }
    this.#put(at, key, item);
  }

  #move(from: number, to: number): void {
    const item = this.#items[from];
    if (item !== undefined) this.#put(to, this.#keys[from] ?? 0, item);
  }

  #put(at: number, key: number, item: T): void {
    this.#keys[at] = key;
    this.#items[at] = item;
  }
}
