// Proposals of members.
import {
  createProposal,
  defaultExtensionTypes,
  defaultProposalTypes,
  nodeTypes,
  protocolVersions,
  pskTypes,
  resumptionPSKUsages,
} from "ts-mls";
import * as held from "../held.mjs";
import * as mls from "../mls.mjs";
import { invalid, missing, unfit } from "../status.mjs";

// propose lets the client of a state send a proposal.
async function propose(r, make) {
  const s = held.find("state_id", r.state_id, held.state);
  const { newState, message } = await createProposal({
    context: mls.context(s.cs, s.psks),
    state: s.state,
    wireAsPublicMessage: !s.encrypt,
    proposal: make(s),
  });
  const proposal = mls.written(s.encrypt ? "mls_private_message" : "mls_public_message", message);
  const seen = new Map(s.seen).set(Buffer.from(proposal).toString("hex"), added(s.state, newState));
  held.replace(r.state_id, held.state, { ...s, state: newState, seen });
  return { proposal };
}

// added returns the reference of the proposal that one state has and another not.
export function added(before, after) {
  const refs = Object.keys(after.unappliedProposals).filter((ref) => !(ref in before.unappliedProposals));
  if (refs.length !== 1) throw new Error(`${refs.length} proposals came of one message`);
  return refs[0];
}

// leafOf returns the index of the leaf with an identity.
export function leafOf(field, tree, identity) {
  const node = tree.findIndex((n) => n?.nodeType === nodeTypes.leaf && mls.equal(n.leaf.credential.identity, identity));
  if (node < 0) throw unfit(field, `${identity} is no member`);
  return node / 2;
}

// The proposals, of the fields that describe them.

export const add = (field, bytes) => ({
  proposalType: defaultProposalTypes.add,
  add: { keyPackage: mls.message(field, bytes, "mls_key_package").keyPackage },
});

export const remove = (field, tree, identity) => ({
  proposalType: defaultProposalTypes.remove,
  remove: { removed: leafOf(field, tree, identity) },
});

export const psk = (cs, id) => ({
  proposalType: defaultProposalTypes.psk,
  psk: { preSharedKeyId: { ...id, pskNonce: cs.rng.randomBytes(cs.kdf.size) } },
});

export const external = (id) => ({ psktype: pskTypes.external, pskId: new Uint8Array(id) });

export const resumption = (usage, context, epoch) => ({
  psktype: pskTypes.resumption,
  usage: resumptionPSKUsages[usage],
  pskGroupId: context.groupId,
  pskEpoch: BigInt(epoch),
});

export const contextExtensions = (extensions) => ({
  proposalType: defaultProposalTypes.group_context_extensions,
  groupContextExtensions: { extensions },
});

export const reinit = (d) => ({
  proposalType: defaultProposalTypes.reinit,
  reinit: {
    groupId: new Uint8Array(d.group_id),
    version: protocolVersions.mls10,
    cipherSuite: d.cipher_suite,
    extensions: mls.extensions("extensions", d.extensions),
  },
});

// described returns the proposal that a ProposalDescription describes.
export function described(field, d, cs, context, tree) {
  switch (d.proposal_type.toString()) {
    case "add":
      return add(`${field}.key_package`, d.key_package);
    case "remove":
      return remove(`${field}.removed_id`, tree, d.removed_id);
    case "externalPSK":
      return psk(cs, external(d.psk_id));
    case "resumptionPSK":
      return psk(cs, resumption("application", context, d.epoch_id));
    case "groupContextExtensions":
      return contextExtensions(mls.extensions(`${field}.extensions`, d.extensions));
    case "reinit":
      return reinit(d);
  }
  throw invalid(`${field}.proposal_type`, `there is no proposal ${d.proposal_type}`);
}

export const AddProposal = (r) => propose(r, () => add("key_package", r.key_package));

export async function UpdateProposal() {
  throw missing("nothing makes an Update, or keeps its key until it is committed");
}

export const RemoveProposal = (r) => propose(r, (s) => remove("removed_id", s.state.ratchetTree, r.removed_id));

export const ExternalPSKProposal = (r) => propose(r, (s) => psk(s.cs, external(r.psk_id)));

export const ResumptionPSKProposal = (r) => propose(r, (s) => psk(s.cs, resumption("application", s.state.groupContext, r.epoch_id)));

export const GroupContextExtensionsProposal = (r) => propose(r, () => contextExtensions(mls.extensions("extensions", r.extensions)));

export const ReInitProposal = (r) => propose(r, () => reinit(r));

// AddExternalSigner proposes to add a sender to the extension external_senders,
// which ts-mls writes, and reads, as one ExternalSender and not as a list of them.
export const AddExternalSigner = (r) =>
  propose(r, (s) =>
    contextExtensions([
      ...s.state.groupContext.extensions.filter((e) => e.extensionType !== defaultExtensionTypes.external_senders),
      { extensionType: defaultExtensionTypes.external_senders, extensionData: mls.sender("external_sender", r.external_sender) },
    ]),
  );
