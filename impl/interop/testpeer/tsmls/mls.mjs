// How the calls use ts-mls: contexts, bytes, and the few things that it does not
// export.
import {
  bytesToBase64,
  decode,
  defaultCredentialTypes,
  defaultCryptoProvider,
  defaultKeyPackageEqualityConfig,
  defaultKeyRetentionConfig,
  defaultLifetimeConfig,
  defaultPaddingConfig,
  encode,
  generateKeyPackageWithKey,
  mlsMessageDecoder,
  mlsMessageEncoder,
  protocolVersions,
  unsafeTestingAuthenticationService,
  wireformats,
} from "ts-mls";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { invalid } from "./status.mjs";

const internal = (file) => import(new URL(file, import.meta.resolve("ts-mls")));
const { ratchetTreeDecoder, ratchetTreeEncoder } = await internal("ratchetTree.js");
const { groupContextExtensionDecoder } = await internal("extension.js");
const { externalSenderDecoder, externalSenderEncoder } = await internal("externalSender.js");

// The suites of RFC 9420. ts-mls has more, under numbers of its own.
export const suites = [1, 2, 3, 4, 5, 6, 7];

// The curves of ECDSA, by suite.
const curves = { 2: p256, 5: p521, 7: p384 };

const made = new Map();

// suite returns an implementation.
export async function suite(field, id) {
  if (!suites.includes(id)) throw invalid(field, `there is no cipher suite ${id}`);
  if (!made.has(id)) made.set(id, await defaultCryptoProvider.getCiphersuiteImpl(id));
  return made.get(id);
}

// signatureKeys returns a new key pair. The public keys that ts-mls makes for ECDSA
// are compressed points, and have to be uncompressed (RFC 9420, Section 5.1.1).
export async function signatureKeys(cs) {
  const { signKey, publicKey } = await cs.signature.keygen();
  const curve = curves[cs.id];
  return { signKey, publicKey: curve ? curve.Point.fromBytes(publicKey).toBytes(false) : publicKey };
}

// describing returns a suite whose public keys are written as external_pub has to
// be: as a vector, with its length (RFC 9420, Section 12.4.3.2). ts-mls leaves the
// length out.
export const describing = (cs) => ({
  ...cs,
  hpke: { ...cs.hpke, exportPublicKey: async (key) => new Uint8Array(opaque(await cs.hpke.exportPublicKey(key))) },
});

// described returns a suite that reads public keys with such a length before them,
// and without.
export const described = (cs) => ({
  ...cs,
  hpke: { ...cs.hpke, importPublicKey: (bytes) => cs.hpke.importPublicKey(bytes.slice(-publicKeySizes[cs.id])) },
});

// In bytes, by suite.
const publicKeySizes = { 1: 32, 2: 65, 3: 32, 4: 56, 5: 133, 6: 56, 7: 97 };

// How long states keep what lets them read late messages, and use PSKs of the past.
const pastEpochs = 16;

// context returns what a step of a client with these PSKs may know. Two leaves are
// of one client if their signature keys are equal, or else if same says so.
export function context(cipherSuite, psks, same = defaultKeyPackageEqualityConfig) {
  return {
    cipherSuite,
    authService: unsafeTestingAuthenticationService,
    externalPsks: Object.fromEntries(psks),
    clientConfig: {
      keyRetentionConfig: { ...defaultKeyRetentionConfig, retainKeysForEpochs: pastEpochs },
      lifetimeConfig: defaultLifetimeConfig,
      keyPackageEqualityConfig: same,
      paddingConfig: defaultPaddingConfig,
    },
  };
}

// sameName takes leaves with one identity for leaves of one client.
export const sameName = {
  compareKeyPackages: (a, b) => equal(a.leafNode.credential.identity, b.leafNode.credential.identity),
  compareKeyPackageToLeafNode: (a, leaf) => equal(a.leafNode.credential.identity, leaf.credential.identity),
};

export const equal = (a, b) => Buffer.compare(a ?? Buffer.alloc(0), b ?? Buffer.alloc(0)) === 0;

// keyPackage returns a new KeyPackage of a client, and its private keys.
export const keyPackage = async (cipherSuite, identity) =>
  generateKeyPackageWithKey({
    credential: { credentialType: defaultCredentialTypes.basic, identity: new Uint8Array(identity) },
    signatureKeyPair: await signatureKeys(cipherSuite),
    cipherSuite,
  });

// pskKey is how ts-mls finds an external PSK.
export const pskKey = (id) => bytesToBase64(new Uint8Array(id));

// message reads an MLSMessage of one of some wire formats.
export function message(field, bytes, ...formats) {
  const m = read(field, mlsMessageDecoder, bytes, "MLSMessage");
  if (!formats.some((f) => m.wireformat === wireformats[f])) throw invalid(field, `a message with wire format ${m.wireformat}`);
  return m;
}

// written returns the bytes of an MLSMessage.
export const written = (format, content) =>
  encode(mlsMessageEncoder, { version: protocolVersions.mls10, wireformat: wireformats[format], ...content });

// tree reads a ratchet tree; none if there are no bytes.
export const tree = (field, bytes) => (bytes.length === 0 ? undefined : read(field, ratchetTreeDecoder, bytes, "ratchet tree"));

// treeOf returns the bytes of a state's ratchet tree, if they were asked for.
export const treeOf = (asked, state) => (asked ? encode(ratchetTreeEncoder, state.ratchetTree) : new Uint8Array());

// extensions reads extensions of a GroupContext.
export function extensions(field, list) {
  return list.map((e, i) => {
    const type = Buffer.alloc(2);
    type.writeUInt16BE(e.extension_type);
    const bytes = Buffer.concat([type, opaque(e.extension_data)]);
    return read(`${field}[${i}]`, groupContextExtensionDecoder, bytes, "extension");
  });
}

// opaque puts a length of two bytes before bytes that are fewer than 2^14, and of
// one byte before fewer than 2^6 (RFC 9420, Section 2.1.2).
function opaque(bytes) {
  const n = bytes.length;
  if (n >= 1 << 14) throw invalid("extension_data", `${n} bytes`);
  const length = n < 1 << 6 ? Buffer.from([n]) : Buffer.from([0x40 | (n >> 8), n & 0xff]);
  return Buffer.concat([length, bytes]);
}

// sender reads an ExternalSender, senderBytes writes one.
export const sender = (field, bytes) => read(field, externalSenderDecoder, bytes, "ExternalSender");
export const senderBytes = (s) => encode(externalSenderEncoder, s);

function read(field, decoder, bytes, what) {
  let v;
  try {
    v = decode(decoder, new Uint8Array(bytes));
  } catch (err) {
    throw invalid(field, `ts-mls reads no ${what} here: ${err.message}`);
  }
  if (v === undefined) throw invalid(field, `ts-mls reads no ${what} here`);
  return v;
}
