// What was read of each place, by the time of its newest message: all that came before the page was opened counts as read.

export class Seen {
  #since = null;
  #until = new Map();

  /** The time from which on messages are new: that of the first world. */
  begin(now) {
    this.#since ??= now;
  }

  /** Somebody reads this place now. */
  look(place, messages) {
    const newest = Math.max(0, ...messages.map((message) => message.at));
    if (newest > this.#from(place)) this.#until.set(place, newest);
  }

  /** How many of its messages were not read. */
  count(place, messages) {
    const from = this.#from(place);
    return messages.filter((message) => message.at > from).length;
  }

  #from(place) {
    return this.#until.get(place) ?? this.#since ?? 0;
  }
}
