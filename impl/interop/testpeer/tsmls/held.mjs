// What ids stand for. All ids are drawn from one sequence, and 0 is none.
import { unknown } from "./status.mjs";

const held = new Map();
let last = 0;

// put finds an id for something. Its kind is how it is called in refusals.
export function put(kind, thing) {
  last++;
  held.set(last, { kind, ...thing });
  return last;
}

// replace lets an id stand for something else.
export function replace(id, kind, thing) {
  held.set(id, { kind, ...thing });
  return id;
}

// find returns what an id stands for, which has to be of one of some kinds.
export function find(field, id, ...kinds) {
  const thing = held.get(id);
  if (!thing || !kinds.includes(thing.kind)) throw unknown(field, id, kinds.join(" or "));
  return thing;
}

// free forgets an id.
export function free(field, id) {
  if (!held.delete(id)) throw unknown(field, id, "anything");
}

// The kinds.
export const state = "a state";
export const waiting = "a KeyPackage that waits for its Welcome";
export const successor = "a group that waits for its successor";
export const outsider = "an external signer";
