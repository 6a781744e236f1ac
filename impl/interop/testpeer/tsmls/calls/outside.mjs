// Proposals from outside of the group.
import { defaultCredentialTypes, defaultExtensionTypes, encode, mlsMessageEncoder, proposeAddExternal, proposeExternal } from "ts-mls";
import { wait } from "./begin.mjs";
import { described } from "./propose.mjs";
import * as held from "../held.mjs";
import * as mls from "../mls.mjs";

export async function NewMemberAddProposal(r) {
  const { groupInfo } = mls.message("group_info", r.group_info, "mls_group_info");
  const cs = await mls.suite("group_info", groupInfo.groupContext.cipherSuite);
  const { key_package: _, ...waiting } = await wait(cs, r.identity);
  const { own } = held.find("transaction_id", waiting.transaction_id, held.waiting);
  const message = await proposeAddExternal(groupInfo, own.publicPackage, own.privatePackage, cs);
  return { proposal: encode(mlsMessageEncoder, message), ...waiting };
}

export async function CreateExternalSigner(r) {
  const cs = await mls.suite("cipher_suite", r.cipher_suite);
  const { signKey, publicKey } = await mls.signatureKeys(cs);
  const credential = { credentialType: defaultCredentialTypes.basic, identity: new Uint8Array(r.identity) };
  return {
    signer_id: held.put(held.outsider, { cs, signKey, publicKey }),
    external_sender: mls.senderBytes({ signaturePublicKey: publicKey, credential }),
  };
}

export async function ExternalSignerProposal(r) {
  const { cs, signKey, publicKey } = held.find("signer_id", r.signer_id, held.outsider);
  const { groupInfo } = mls.message("group_info", r.group_info, "mls_group_info");
  const inside = groupInfo.extensions.find((e) => e.extensionType === defaultExtensionTypes.ratchet_tree);
  const tree = mls.tree("ratchet_tree", inside ? inside.extensionData : r.ratchet_tree) ?? [];
  const proposal = described("description", r.description, cs, groupInfo.groupContext, tree);
  const message = await proposeExternal(groupInfo, proposal, publicKey, signKey, cs);
  return { proposal: encode(mlsMessageEncoder, message) };
}
