// What a client does with a group as it is.
import {
  createApplicationMessage,
  createGroupInfoWithExternalPub,
  createGroupInfoWithExternalPubAndRatchetTree,
  mlsExporter,
  processPrivateMessage,
} from "ts-mls";
import * as held from "../held.mjs";
import * as mls from "../mls.mjs";
import { invalid } from "../status.mjs";

export async function GroupInfo(r) {
  const s = held.find("state_id", r.state_id, held.state);
  const make = r.external_tree ? createGroupInfoWithExternalPub : createGroupInfoWithExternalPubAndRatchetTree;
  const groupInfo = await make(s.state, [], mls.describing(s.cs));
  return { group_info: mls.written("mls_group_info", { groupInfo }), ratchet_tree: mls.treeOf(r.external_tree, s.state) };
}

export async function StateAuth(r) {
  const s = held.find("state_id", r.state_id, held.state);
  return { state_auth_secret: s.state.keySchedule.epochAuthenticator };
}

export async function Export(r) {
  const s = held.find("state_id", r.state_id, held.state);
  const secret = await mlsExporter(s.state.keySchedule.exporterSecret, r.label, new Uint8Array(r.context), r.key_length, s.cs);
  return { exported_secret: secret };
}

export async function Protect(r) {
  const s = held.find("state_id", r.state_id, held.state);
  const { newState, message } = await createApplicationMessage({
    context: mls.context(s.cs, s.psks),
    state: s.state,
    message: new Uint8Array(r.plaintext),
    authenticatedData: new Uint8Array(r.authenticated_data),
  });
  held.replace(r.state_id, held.state, { ...s, state: newState });
  return { ciphertext: mls.written("mls_private_message", message) };
}

export async function Unprotect(r) {
  const s = held.find("state_id", r.state_id, held.state);
  const { privateMessage } = mls.message("ciphertext", r.ciphertext, "mls_private_message");
  const read = await processPrivateMessage({ context: mls.context(s.cs, s.psks), state: s.state, privateMessage });
  if (read.kind !== "applicationMessage") throw invalid("ciphertext", "there is no application data in it");
  held.replace(r.state_id, held.state, { ...s, state: read.newState });
  return { authenticated_data: read.aad, plaintext: read.message };
}

export async function StorePSK(r) {
  const s = held.find("state_or_transaction_id", r.state_or_transaction_id, held.state, held.waiting);
  const psks = new Map(s.psks).set(mls.pskKey(r.psk_id), new Uint8Array(r.psk_secret));
  held.replace(r.state_or_transaction_id, s.kind, { ...s, psks });
  return {};
}

export async function Free(r) {
  held.free("state_id", r.state_id);
  return {};
}
