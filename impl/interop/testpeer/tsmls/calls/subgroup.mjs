// Groups that come from others. ts-mls has functions that set them up, but these
// leave the ratchet tree out of the Welcome; so they are done here in their parts.
import { createCommit, createGroup, joinGroupFromBranch, joinGroupFromReinit } from "ts-mls";
import { entered } from "./begin.mjs";
import { accepted, handled, hasPath } from "./commit.mjs";
import { add, psk, resumption } from "./propose.mjs";
import * as held from "../held.mjs";
import * as mls from "../mls.mjs";
import { missing } from "../status.mjs";

// found sets a group up that comes from the epoch of a state.
async function found(r, usage, parent, cs, own, groupId, extensions, packages) {
  const context = mls.context(cs, parent.psks);
  const alone = await createGroup({
    context,
    groupId,
    keyPackage: own.publicPackage,
    privateKeyPackage: own.privatePackage,
    extensions,
  });
  const { newState, welcome } = await createCommit({
    context,
    state: alone,
    resumingFromState: parent.state,
    wireAsPublicMessage: true,
    ratchetTreeExtension: !r.external_tree,
    extraProposals: [
      ...packages.map((bytes) => add("key_package", bytes)),
      psk(cs, resumption(usage, parent.state.groupContext, parent.state.groupContext.epoch)),
    ],
  });
  if (r.force_path && !hasPath(alone, newState)) throw missing("createCommit cannot be asked for a path");
  return [
    newState,
    {
      welcome: mls.written("mls_welcome", welcome),
      ratchet_tree: mls.treeOf(r.external_tree, newState),
      epoch_authenticator: newState.keySchedule.epochAuthenticator,
    },
  ];
}

// wait makes the client a KeyPackage for the group that a ReInit asks for.
async function wait(r, s) {
  const cs = await mls.suite("cipher_suite", s.state.groupActiveState.reinit.cipherSuite);
  const own = await mls.keyPackage(cs, s.identity);
  return {
    reinit_id: held.replace(r.state_id, held.successor, { ended: s, cs, own }),
    key_package: mls.written("mls_key_package", { keyPackage: own.publicPackage }),
    epoch_authenticator: s.state.keySchedule.epochAuthenticator,
  };
}

export const HandlePendingReInitCommit = (r) => wait(r, accepted(r, true));
export const HandleReInitCommit = async (r) => wait(r, await handled(r, true));

export async function ReInitWelcome(r) {
  const { ended, cs, own } = held.find("reinit_id", r.reinit_id, held.successor);
  const { groupId, extensions } = ended.state.groupActiveState.reinit;
  const [state, response] = await found(r, "reinit", ended, cs, own, groupId, extensions, r.key_package);
  return { state_id: held.replace(r.reinit_id, held.state, entered({ ...ended, cs }, state)), ...response };
}

export async function HandleReInitWelcome(r) {
  const { ended, cs, own } = held.find("reinit_id", r.reinit_id, held.successor);
  const state = await joinGroupFromReinit({
    context: mls.context(cs, ended.psks),
    suspendedState: ended.state,
    ...joining(r, own),
  });
  const id = held.replace(r.reinit_id, held.state, entered({ ...ended, cs }, state));
  return { state_id: id, epoch_authenticator: state.keySchedule.epochAuthenticator };
}

// joining is what joining takes in either case.
const joining = (r, own) => ({
  welcome: mls.message("welcome", r.welcome, "mls_welcome").welcome,
  keyPackage: own.publicPackage,
  privateKeyPackage: own.privatePackage,
  ratchetTree: mls.tree("ratchet_tree", r.ratchet_tree),
});

export async function CreateBranch(r) {
  const s = held.find("state_id", r.state_id, held.state);
  const own = await mls.keyPackage(s.cs, s.identity);
  const extensions = mls.extensions("extensions", r.extensions);
  const [state, response] = await found(r, "branch", s, s.cs, own, new Uint8Array(r.group_id), extensions, r.key_packages);
  return { state_id: held.put(held.state, entered(s, state)), ...response };
}

export async function HandleBranch(r) {
  const s = held.find("state_id", r.state_id, held.state);
  const w = held.find("transaction_id", r.transaction_id, held.waiting);
  const psks = new Map([...s.psks, ...w.psks]);
  const state = await joinGroupFromBranch({
    context: mls.context(w.cs, psks),
    oldState: s.state,
    ...joining(r, w.own),
  });
  const id = held.replace(r.transaction_id, held.state, entered({ ...s, psks }, state));
  return { state_id: id, epoch_authenticator: state.keySchedule.epochAuthenticator };
}
