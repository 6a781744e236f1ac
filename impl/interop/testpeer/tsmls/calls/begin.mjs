// How clients come to be, and come into groups.
import { createGroup, joinGroup, joinGroupExternal } from "ts-mls";
import * as held from "../held.mjs";
import * as mls from "../mls.mjs";
import { invalid, missing } from "../status.mjs";

// entered is a state in a new epoch. Of the messages of proposals, seen knows the
// references: nobody decrypts a message twice, and nobody one of its own.
export const entered = (of, state) => ({ cs: of.cs, encrypt: of.encrypt, identity: of.identity, psks: of.psks, state, seen: new Map() });

export async function Name() {
  return { name: "ts-mls" };
}

export async function SupportedCiphersuites() {
  return { ciphersuites: mls.suites };
}

export async function CreateGroup(r) {
  const cs = await mls.suite("cipher_suite", r.cipher_suite);
  const own = await mls.keyPackage(cs, r.identity);
  const state = await createGroup({
    context: mls.context(cs, []),
    groupId: new Uint8Array(r.group_id),
    keyPackage: own.publicPackage,
    privateKeyPackage: own.privatePackage,
  });
  const client = { cs, encrypt: r.encrypt_handshake, identity: r.identity, psks: new Map() };
  return { state_id: held.put(held.state, entered(client, state)) };
}

export async function CreateKeyPackage(r) {
  const cs = await mls.suite("cipher_suite", r.cipher_suite);
  return wait(cs, r.identity);
}

// wait makes a KeyPackage, and an id for who waits with it.
export async function wait(cs, identity) {
  const own = await mls.keyPackage(cs, identity);
  return {
    transaction_id: held.put(held.waiting, { cs, identity, psks: new Map(), own }),
    key_package: mls.written("mls_key_package", { keyPackage: own.publicPackage }),
    init_priv: own.privatePackage.initPrivateKey,
    encryption_priv: own.privatePackage.hpkePrivateKey,
    signature_priv: own.privatePackage.signaturePrivateKey,
  };
}

export async function JoinGroup(r) {
  const w = held.find("transaction_id", r.transaction_id, held.waiting);
  if (!mls.equal(r.identity, w.identity)) throw invalid("identity", `the KeyPackage is that of ${w.identity}`);
  const state = await joinGroup({
    context: mls.context(w.cs, w.psks),
    welcome: mls.message("welcome", r.welcome, "mls_welcome").welcome,
    keyPackage: w.own.publicPackage,
    privateKeys: w.own.privatePackage,
    ratchetTree: mls.tree("ratchet_tree", r.ratchet_tree),
  });
  const id = held.replace(r.transaction_id, held.state, entered({ ...w, encrypt: r.encrypt_handshake }, state));
  return { state_id: id, epoch_authenticator: state.keySchedule.epochAuthenticator };
}

export async function ExternalJoin(r) {
  if (r.psks.length > 0) throw missing("joinGroupExternal takes no PSKs");
  const { groupInfo } = mls.message("group_info", r.group_info, "mls_group_info");
  const cs = await mls.suite("group_info", groupInfo.groupContext.cipherSuite);
  const own = await mls.keyPackage(cs, r.identity);
  const { publicMessage, newState } = await joinGroupExternal({
    context: mls.context(mls.described(cs), [], mls.sameName),
    groupInfo,
    keyPackage: own.publicPackage,
    privateKeys: own.privatePackage,
    resync: r.remove_prior,
    tree: mls.tree("ratchet_tree", r.ratchet_tree),
  });
  const client = { cs, encrypt: r.encrypt_handshake, identity: r.identity, psks: new Map() };
  return {
    state_id: held.put(held.state, entered(client, newState)),
    commit: mls.written("mls_public_message", { publicMessage }),
    epoch_authenticator: newState.keySchedule.epochAuthenticator,
  };
}
