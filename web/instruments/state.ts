/** One entry of an instrument's state: its first value, its bounds, and its spelling in a URL. */
export interface Field<Value> {
  initial: Value;
  /** Reads a spelling; undefined if it is none. */
  read(text: string): Value | undefined;
  write(value: Value): string;
  /** The nearest value that is allowed. */
  admit(value: Value): Value;
}

export type Fields<State> = { readonly [Name in keyof State]: Field<State[Name]> };

interface NumberBounds {
  minimum: number;
  maximum: number;
  integer?: boolean;
}

function admitNumber(value: number, { minimum, maximum, integer = false }: NumberBounds): number {
  const bounded = Math.min(maximum, Math.max(minimum, value));
  return integer ? Math.round(bounded) : bounded;
}

function readNumber(text: string): number | undefined {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** A number within bounds. */
export function numberField(initial: number, bounds: NumberBounds): Field<number> {
  const admit = (value: number) => (Number.isFinite(value) ? admitNumber(value, bounds) : initial);
  return { initial, admit, read: readNumber, write: String };
}

/** A number within bounds, or nothing said. */
export function optionalNumberField(bounds: NumberBounds): Field<number | undefined> {
  return {
    initial: undefined,
    admit: (value) =>
      value !== undefined && Number.isFinite(value) ? admitNumber(value, bounds) : undefined,
    read: readNumber,
    write: String,
  };
}

/** A list of numbers within bounds, as many as `initial` has. */
export function numbersField(initial: readonly number[], bounds: NumberBounds): Field<readonly number[]> {
  const fits = (values: readonly number[]) =>
    values.length === initial.length && values.every((value) => Number.isFinite(value));
  return {
    initial,
    admit: (values) => (fits(values) ? values.map((value) => admitNumber(value, bounds)) : initial),
    read: (text) => {
      const values = text.split(",").map((part) => readNumber(part) ?? Number.NaN);
      return fits(values) ? values : undefined;
    },
    write: (values) => values.join(","),
  };
}

/** One of the given words. */
export function choiceField<Choice extends string>(
  initial: Choice,
  choices: readonly Choice[],
): Field<Choice> {
  const find = (text: string) => choices.find((choice) => choice === text);
  return { initial, admit: (value) => find(value) ?? initial, read: find, write: String };
}

/** Some of the given words, in the given order. */
export function choicesField<Choice extends string>(
  initial: readonly Choice[],
  choices: readonly Choice[],
): Field<readonly Choice[]> {
  const admit = (values: readonly string[]) => choices.filter((choice) => values.includes(choice));
  return {
    initial: admit(initial),
    admit,
    read: (text) => {
      const values = text.split(",");
      const known = admit(values);
      return known.length === values.length || text === none ? known : undefined;
    },
    write: (values) => (values.length === 0 ? none : values.join(",")),
  };
}

/** No word at all; an empty entry of a URL would be no entry. */
const none = "none";

/** A few letters. */
export function textField(longest: number): Field<string> {
  const admit = (text: string) => text.slice(0, longest);
  return { initial: "", admit, read: admit, write: String };
}

/** On or off. */
export function flagField(initial: boolean): Field<boolean> {
  return {
    initial,
    admit: Boolean,
    read: (text) => (text === "on" ? true : text === "off" ? false : undefined),
    write: (value) => (value ? "on" : "off"),
  };
}

function names<State>(fields: Fields<State>): (keyof State & string)[] {
  return Object.keys(fields) as (keyof State & string)[];
}

/** The state that an instrument starts with. */
export function initialState<State>(fields: Fields<State>): State {
  const entries = names(fields).map((name) => [name, fields[name].initial]);
  return Object.fromEntries(entries) as State;
}

/** `state` with some entries replaced, each brought within its bounds. */
export function changedState<State>(fields: Fields<State>, state: State, changes: Partial<State>): State {
  const next = { ...state };
  for (const name of names(fields)) {
    if (name in changes) next[name] = fields[name].admit(changes[name] as State[typeof name]);
  }
  return next;
}

/** The state that a query such as `format=int3&group=64` spells. What it leaves out or garbles keeps its first value. */
export function readState<State>(fields: Fields<State>, query: string): State {
  const spelled = new URLSearchParams(query);
  const state = initialState(fields);
  for (const name of names(fields)) {
    const value = fields[name].read(spelled.get(name) ?? "");
    if (value !== undefined) state[name] = fields[name].admit(value);
  }
  return state;
}

/** The query that spells `state`; entries that have their first value are left out. */
export function writeState<State>(fields: Fields<State>, state: State): string {
  const query = new URLSearchParams();
  for (const name of names(fields)) {
    const { initial, write } = fields[name];
    const value = state[name];
    if (value !== undefined && (initial === undefined || write(value) !== write(initial))) {
      query.set(name, write(value));
    }
  }
  return query.toString().replaceAll("%2C", ",");
}
