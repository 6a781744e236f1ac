// Commits.
import { createCommit, processPrivateMessage, processPublicMessage, wireformats } from "ts-mls";
import { entered } from "./begin.mjs";
import { added, described } from "./propose.mjs";
import * as held from "../held.mjs";
import * as mls from "../mls.mjs";
import { invalid, missing, unfit } from "../status.mjs";

// process lets a state process a message. processMessage of ts-mls would forget the
// PSKs when it comes to a PrivateMessage.
function process(s, message) {
  const context = mls.context(s.cs, s.psks);
  return message.wireformat === wireformats.mls_public_message
    ? processPublicMessage({ context, state: s.state, publicMessage: message.publicMessage })
    : processPrivateMessage({ context, state: s.state, privateMessage: message.privateMessage });
}

// receive returns the state with the proposals of some messages, and their
// references.
async function receive(field, s, messages) {
  const refs = [];
  for (const [i, bytes] of messages.entries()) {
    const key = Buffer.from(bytes).toString("hex");
    if (!s.seen.has(key)) {
      const message = mls.message(`${field}[${i}]`, bytes, "mls_public_message", "mls_private_message");
      const { newState } = await process(s, message);
      s = { ...s, state: newState, seen: new Map(s.seen).set(key, added(s.state, newState)) };
    }
    refs.push(s.seen.get(key));
  }
  return [s, refs];
}

// commit makes a Commit of what by_reference and by_value say and of nothing else,
// which waits to be accepted. ts-mls covers all proposals that a state knows.
async function commit(r, ends) {
  const [s, refs] = await receive("by_reference", held.find("state_id", r.state_id, held.state), r.by_reference);
  const covered = Object.fromEntries(Object.entries(s.state.unappliedProposals).filter(([ref]) => refs.includes(ref)));
  const made = await createCommit({
    context: mls.context(s.cs, s.psks),
    state: { ...s.state, unappliedProposals: covered },
    wireAsPublicMessage: !s.encrypt,
    ratchetTreeExtension: !r.external_tree,
    extraProposals: r.by_value.map((d, i) => described(`by_value[${i}]`, d, s.cs, s.state.groupContext, s.state.ratchetTree)),
    resumingFromState: s.state, // where resumption PSKs are looked up; it is not documented
  });
  if (r.force_path && !hasPath(s.state, made.newState)) throw missing("createCommit cannot be asked for a path");
  if (ended(made.newState) !== ends) throw unfit("state_id", "a ReInit is covered, or not, against what the call wants");
  held.replace(r.state_id, held.state, { ...s, pending: made.newState });
  return {
    commit: mls.written(s.encrypt ? "mls_private_message" : "mls_public_message", made.commit),
    welcome: made.welcome ? mls.written("mls_welcome", made.welcome) : new Uint8Array(),
    ratchet_tree: mls.treeOf(r.external_tree, made.newState),
  };
}

// hasPath tells whether the client's own Commit has led to a new leaf of its own.
export function hasPath(before, after) {
  const leaf = 2 * before.privatePath.leafIndex;
  return after.ratchetTree[leaf] !== before.ratchetTree[leaf];
}

const ended = (state) => state.groupActiveState.kind === "suspendedPendingReinit";

// accepted returns the state to which the client's own Commit has led.
export function accepted(r, ends) {
  const s = held.find("state_id", r.state_id, held.state);
  if (!s.pending) throw unfit("state_id", "no Commit of this client's waits");
  return advanced("state_id", s, s.pending, ends);
}

// handled returns the state to which somebody else's Commit has led.
export async function handled(r, ends) {
  const [s] = await receive("proposal", held.find("state_id", r.state_id, held.state), r.proposal);
  const { newState } = await process(s, mls.message("commit", r.commit, "mls_public_message", "mls_private_message"));
  if (newState.groupContext.epoch === s.state.groupContext.epoch) throw invalid("commit", "it is none");
  return advanced("commit", s, newState, ends);
}

function advanced(field, s, state, ends) {
  if (ended(state) !== ends) throw unfit(field, "the group has ended, or not, against what the call wants");
  return entered(s, state);
}

const moved = (r, s) => ({
  state_id: held.replace(r.state_id, held.state, s),
  epoch_authenticator: s.state.keySchedule.epochAuthenticator,
});

export const Commit = (r) => commit(r, false);
export const ReInitCommit = (r) => commit(r, true);
export const HandlePendingCommit = async (r) => moved(r, accepted(r, false));
export const HandleCommit = async (r) => moved(r, await handled(r, false));
