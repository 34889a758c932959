export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
export const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
export const objectsOf = (value: Json | undefined): JsonObject[] => listOf(value).filter(isObject);
export const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

/** Throws for text that is not a JSON object: an agent that sends such a thing is a finding, not a case. */
export function parseObject(text: string): JsonObject {
  const value = JSON.parse(text) as Json;
  if (!isObject(value)) throw new TypeError(`Not a JSON object: ${text.slice(0, 80)}`);
  return value;
}

/** A deep copy without the named key. */
export function without(value: Json, key: string): Json {
  if (Array.isArray(value)) return value.map((item) => without(item, key));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([name, item]) => name !== key && item !== undefined);
  return Object.fromEntries(kept.map(([name, item]) => [name, without(item ?? null, key)]));
}
